/* One organisation that watches its own printers: imprimatur-hub init --solo. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Hub } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { until } from "../harness/until.ts";

const password = "correct horse battery";
const who = ["--solo", "Example Works", "--email", "Dana@example.test", "--name", "Dana Doe", "--language", "fr"];

function init(dir: string, args: string[], input = `${password}\n`) {
  return Program.run(programs.hub, ["init", "--dir", dir, "--region", "de", ...args], { input });
}

test("R7 R11 init --solo prints the code and three steps; the site enrols with it and its user sees it", async () => {
  const hub = await Hub.solo([...who, "--site", "Main server"], password);
  const [code] = /DE(-[0-9A-Z]{4}){4}-[0-9A-Z]{2}/.exec(hub.told)!;
  expect(hub.told).toMatch(/1\. [\s\S]*tls\.pem[\s\S]*2\. [\s\S]*Main server[\s\S]*3\. Log in at https:\/\/localhost:\d+ as dana@example\.test/);
  expect(hub.told).not.toContain(password);
  const api = await hub.logIn("dana@example.test", password);
  const me = await api.acceptTerms();
  expect([me.provider.name, me.user.name, me.user.language]).toEqual(["Example Works", "Dana Doe", "fr"]);
  const papercut = await PaperCut.start();
  const connector = new Connector(hub);
  expect((await connector.enroll(code!, papercut.source, (await offer(hub, code!)).agreement.sha256)).code).toBe(0);
  connector.run();
  await until("the site is ok", async () => (await api.sites()).items[0]?.status === "ok");
  const [site] = (await api.sites()).items;
  expect([site?.name, site?.customer.name]).toEqual(["Main server", "Example Works"]);
  const again = await init(join(hub.dir, "hub"), ["--public-url", hub.url, ...who]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/there already/)]);
});

test("init --solo makes nothing unless all that it needs is there", async () => {
  const url = ["--public-url", "https://hub.example.test"];
  for (const [args, input, code, words] of [
    [["--solo", "Example Works"], `${password}\n`, 2, /--email/],
    [["--solo", " ", "--email", "a@example.test"], `${password}\n`, 2, /--solo/],
    [["--solo", "A", "--email", "a@example.test", "--site", "\n"], `${password}\n`, 2, /--site/],
    [["--solo", "A", "--email", "a@example.test"], "short\n", 1, /password must have/],
  ] as const) {
    const dir = join(tempDir(), "hub");
    const r = await init(dir, [...url, ...args], input);
    expect([r.code, r.stderr]).toEqual([code, expect.stringMatching(words)]);
    expect(existsSync(dir)).toBe(false);
  }
});
