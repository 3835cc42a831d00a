/** What the owner of a server may send us, and how the connector comes by the server's key. */
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, type Source } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { until } from "../harness/until.ts";

interface Capture {
  calls: { path: string; key: string; status: number; form: string; type: string; body?: unknown }[];
}

const probe = (record: string, url: string, key: string) =>
  Program.run(programs.connector, ["probe", "papercut", "--record", record, "--url", url], { input: `${key}\n` });

test.each(["v22", "old16", "v24-subscription"] as const)(
  "R49 a capture of %s holds the form of each answer and none of the server's texts",
  async (profile) => {
    const papercut = await PaperCut.start({ profile }, { marks: true });
    const record = join(tempDir(), "record");
    const r = await probe(record, papercut.url, papercut.key);
    expect(r.code, r.stderr).toBe(0);
    expect(r.stdout).toContain("Every other text becomes its length");
    expect(readdirSync(record)).toEqual(["capture.json"]);
    const text = readFileSync(join(record, "capture.json"), "utf8");
    expect(statSync(join(record, "capture.json")).mode & 0o077).toBe(0);
    const marks = papercut.marks;
    expect(marks.length).toBeGreaterThan(5);
    for (const m of marks) expect(text, m.in).not.toContain(m.mark);
    expect(text).not.toContain(papercut.key);

    const calls = (JSON.parse(text) as Capture).calls;
    const health = calls.find((c) => c.path === "/api/health" && c.key === "right")!;
    expect(health).toMatchObject({ status: 200, form: "json", type: "application/json" });
    expect(health.body).toMatchObject({ database: { status: "OK" } });
    expect(calls.find((c) => c.key === "none")!.status).toBe(400);
    expect(calls.find((c) => c.key === "wrong")!.status).toBe(401);
  },
);

test("a server that is not there leaves no capture", async () => {
  const record = join(tempDir(), "record");
  const r = await probe(record, "http://127.0.0.1:1", "x");
  expect(r.code).toBe(1);
  expect(() => statSync(record)).toThrow();
});

async function keyless(): Promise<{ c: Connector; papercut: PaperCut; status: () => Promise<string> }> {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const { "source.papercut.key": _, ...source } = papercut.source as Record<string, string>;
  const c = await Connector.forSite(hub, provider, site, source as Source);
  return { c, papercut, status: async () => (await provider.api.site(site.id)).status };
}

/** What PaperCut's server-command says, as far as it is asked here. */
function serverCommand(key: string): string {
  const file = join(tempDir(), "server-command");
  writeFileSync(file, `#!/bin/sh\n[ "$*" = "get-config health.api.key" ] && echo ${key}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("R66 the health key is read by server-command only with a yes, and is stored in connector.conf alone", async () => {
  const { c, papercut, status } = await keyless();
  await until("the key is missed", async () => (await status()) === "warning");
  const tool = serverCommand(papercut.key);
  const before = c.read("connector.conf");
  const args = ["health-key", "--dir", c.dir, "--server-command", tool];

  const refused = await Program.run(programs.connector, args, { input: "no\n" });
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain(`${tool} get-config health.api.key`);
  expect(c.read("connector.conf")).toBe(before);

  const done = await Program.run(programs.connector, args, { input: "yes\n" });
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout + done.stderr).not.toContain(papercut.key);
  expect(c.read("connector.conf")).toContain(`source.papercut.key = ${papercut.key}`);
  expect(statSync(join(c.dir, "connector.conf")).mode & 0o077).toBe(0);
  await c.program!.stop();
  c.run();
  await until("the server is read", async () => (await status()) === "ok");
});

test("what is no key is not stored", async () => {
  const { c } = await keyless();
  const before = c.read("connector.conf");
  const r = await Program.run(programs.connector, [
    ...["health-key", "--dir", c.dir, "--yes", "--server-command", serverCommand("'Error: not permitted'")],
  ]);
  expect(r.code).toBe(1);
  expect(c.read("connector.conf")).toBe(before);
});
