/* Two machines with one key, a machine that took another's place, and a folder that is enrolled again. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Named } from "../harness/api.ts";
import { Connector, offer, type Source } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs } from "../harness/place.ts";
import { Premises } from "../harness/premises.ts";
import { Program, type Result } from "../harness/program.ts";
import type { Session, Visits } from "../harness/session.ts";
import { always, until } from "../harness/until.ts";
import type { Visit } from "../harness/visit.ts";
import { HandConnector } from "../harness/wire.ts";

interface Status {
  online: boolean;
  revoked: boolean;
  replaced: boolean;
  copied: boolean;
  run: { failure?: string; spooled: number; reported_at?: string };
}


/** What the hub has of the last minutes, second by second. */
async function disksOf(provider: Provider, site: Named): Promise<(number | null)[]> {
  const from = new Date(Date.now() - 600_000).toISOString();
  return (await provider.api.series(site.id, `name=disk_used_percent&from=${from}&step=1s`)).points.map((p) => p[1]);
}

/** The same folder with a new invitation, as an administrator would by script. */
function enrollAgain(hub: Hub, c: Connector, code: string, source: Source, accept: string): Promise<Result> {
  const key = source["source.papercut.key"];
  const args = ["enroll", "--dir", c.dir, "--hub", hub.url, "--ca", hub.caFile, "--accept-agreement", accept, "--again"];
  for (const [name, value] of Object.entries(source)) if (value !== key) args.push("--set", `${name}=${value}`);
  if (key) args.push("--secret", "source.papercut.key");
  return Program.run(programs.connector, args, { input: `${code}\n${key ?? ""}\n` });
}

test("R68 two live copies: both sides say so, no storm, nothing is lost, until rotate-key decides for the right one", async () => {
  const hub = await Hub.start();
  const one = await PaperCut.start({ disk_used_percent: 11 });
  const { provider, site } = await newSite(hub);
  const a = await Connector.forSite(hub, provider, site, { ...one.source, "source.interval": "1s" });
  const status = (c: Connector) => c.status<Status>();
  const disks = () => disksOf(provider, site);
  await until("the first value is there", async () => (await disks()).includes(11), 40_000);
  await a.program!.stop();
  const b = new Connector(hub, a.copyDisk());

  a.run();
  await until("the original is online", async () => (await status(a)).online);
  b.run();
  await until("the original says copied", async () => (await status(a)).copied, 40_000);
  // What each reads from now on reaches the hub, whichever of them holds the poll.
  one.change({ disk_used_percent: 33 });
  await until("both have reported it", async () => (await status(a)).run.spooled === 0 && (await status(b)).run.spooled === 0 && (await disks()).at(-1) === 33, 40_000);
  await until("the hub says copied", async () => (await provider.api.site(site.id)).connector?.copied, 90_000);
  expect((await provider.api.site(site.id)).reasons.map((r) => r.code)).toContain("copied");
  await until("the copy says copied", async () => (await status(b)).copied, 90_000);

  // No ping-pong: whoever is superseded waits a minute.
  const polls = (c: Connector) => c.program!.stderr.split("\n").filter((l) => /event=hub_refused/.test(l)).length;
  expect(polls(a) + polls(b)).toBeLessThan(12);
  const verbs = provider.api.verbs();
  await until("the log says so", () => verbs().includes("connector_copied"));
  expect(verbs().filter((v) => v === "connector_copied")).toHaveLength(1);

  // The customer decides, on the right machine.
  expect((await a.command("rotate-key")).stderr).toBe("");
  await until("the copy is shut out", async () => (await status(b)).run.failure === "key_retired", 90_000);
  await provider.api.acceptCopy(site);
  await until("the right one is no longer said to be copied", async () => !(await status(a)).copied, 90_000);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
  one.change({ disk_used_percent: 44 });
  await until("and goes on", async () => (await disks()).at(-1) === 44, 40_000);
  expect((await status(b)).run.failure).toBe("key_retired");
  expect((await b.command("ledger")).stdout).not.toBe("");
}, 400_000);

/** A console that says its name. */
async function consoleOf(name: string): Promise<string> {
  const server = createServer((_req, res) => res.end(name));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("R68 who is superseded ends its visits and says why; the next one is the newest machine's, and stays its own", async () => {
  const [one, two] = [await consoleOf("one"), await consoleOf("two")];
  const p = await Premises.start(one);
  await p.turn("console", "on");
  const b = new Connector(p.hub, p.connector.copyDisk());
  const config = join(b.dir, "connector.conf");
  writeFileSync(config, readFileSync(config, "utf8").replace(one, two));
  const first = await p.visit();
  expect((await first.get("/")).text).toBe("one");
  b.run();
  const why = async (visit: Visit) => (await p.provider.api.raw<Session>("GET", `/api/v1/sessions/${visit.session.id}`)).body.why;
  await until("the hub says why", async () => (await why(first)) === "copied");
  expect((await first.get("/")).status).toBe(410);
  const atSite = JSON.parse((await p.connector.command("sessions", "--json")).stdout) as Visits;
  expect([atSite.items, atSite.past[0]?.why]).toEqual([[], "copied"]);

  const second = await p.visit();
  const tunnels = () => p.connector.program!.stderr.match(/event=tunnel_up/g)?.length;
  const before = tunnels();
  const a_while = new Promise((done) => setTimeout(done, 5_000));
  await always("each request reaches the machine that opened it", async () => (await second.get("/")).text === "two", a_while);
  expect(tunnels()).toBe(before);
}, 90_000);

test("R68 a process that polls again after another one shows two that live; the provider may say that it is in order", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  const copied = async () => (await provider.api.site(site.id)).connector?.copied;
  const first = c.poll(0, 1);
  const second = c.poll(0, 2); // a restart: the first one is answered that it was superseded
  expect((await first).body.code).toBe("superseded");
  expect(await copied()).toBe(false);
  const third = c.poll(0, 1);
  expect((await second).body.code).toBe("superseded");
  await until("it is seen", copied);
  expect((await provider.api.raw("DELETE", `/api/v1/sites/${site.id}/connector/copied`)).status).toBe(204);
  // The open poll ends at once and says that it is over.
  expect((await third).body).toEqual({});
  expect(await copied()).toBe(false);
  expect((await provider.api.raw("DELETE", `/api/v1/sites/${site.id}/connector/copied`)).status).toBe(404);
  const other = await hub.provider("Other Print");
  expect((await other.api.raw("DELETE", `/api/v1/sites/${site.id}/connector/copied`)).status).toBe(404);
});

test("R15 R68 revoked: the poll ends within a second, later calls are refused, and the connector rests with its ledger", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, "source.interval": "1s" });
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  const ledger = (await c.command("ledger")).stdout;
  const began = performance.now();
  await provider.api.revokeConnector(site);
  await until("it knows", async () => (await c.status<Status>()).revoked, 5_000);
  expect(performance.now() - began).toBeLessThan(2_500); // a second, and two runs of `status`
  const refusals = () => c.program!.stderr.split("\n").filter((l) => /hub_refused.*revoked/.test(l)).length;
  const seen = refusals();
  papercut.change({ disk_used_percent: 77 });
  await always("it asks no more and collects nothing", () => refusals() === seen, new Promise((done) => setTimeout(done, 4_000)));
  expect((await c.command("ledger")).stdout).toBe(ledger);
  expect((await c.command("status")).stdout).toMatch(/revoked/);
  expect((await c.command("rotate-key")).code).toBe(1);
  // It asks once when it is started; a call of its own by hand is told the same.
  const key = new HandConnector(hub);
  expect((await key.report(key.next())).body.code).toBe("unknown_key");
});

test("R64 R68 a new invitation replaces the connector: one history, and the old one says that it was replaced", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 21 });
  const { provider, site } = await newSite(hub);
  const old = await Connector.forSite(hub, provider, site, papercut.source);
  const disk = () => disksOf(provider, site);
  await until("the first value is there", async () => (await disk()).includes(21), 40_000);
  const before = (await provider.api.site(site.id)).connector!;
  const then = Date.now();
  await until("its second has passed", () => Date.now() > then + 1_100);
  papercut.change({ disk_used_percent: 42 });
  const next = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the second value is there", async () => (await disk()).at(-1) === 42, 40_000);
  const now = await provider.api.site(site.id);
  expect(now.connector!.id).not.toBe(before.id);
  expect(now.status).toBe("ok");
  expect(await disk()).toContain(21); // one history
  await until("the old one knows", async () => (await old.status<Status>()).replaced);
  expect((await old.command("status")).stdout).toMatch(/taken this one’s place/);
  expect((await old.status<Status>()).revoked).toBe(true);
  expect((await old.command("ledger")).stdout).not.toBe("");
  await until("the new one is online", async () => (await next.status<Status>()).online);
  const verbs = provider.api.verbs();
  await until("the log says so", () => verbs().filter((v) => v === "connector_enrolled").length === 2);
  expect(verbs().filter((v) => v === "connector_replaced")).toHaveLength(1);
  expect(verbs()).not.toContain("connector_revoked");
  await old.program!.stop();
  await hub.program.stop();
  await hub.serve();
  old.run();
  await until("after a restart of all it is told the same", () => /hub_refused code=replaced/.test(old.program!.stderr));
});

test("R14 a folder that holds an identity is enrolled again only on purpose; its ledger stays, and nothing of it goes elsewhere", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 31 });
  const { provider, customer, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("a report is there", async () => (await provider.api.site(site.id)).server);
  const other = await hub.provider("Other Print");
  const theirs = await other.api.makeSite(await other.api.makeCustomer("Example Works"), "Head office");
  const { code } = await other.api.invite(theirs);
  const { agreement } = await offer(hub, code);

  const running = await c.enroll(code, papercut.source, agreement.sha256);
  expect(running.code).toBe(1);
  expect(running.stderr).toMatch(/running/);
  await hub.program.stop(); // what is read now waits
  papercut.change({ disk_used_percent: 66 });
  await until("something waits", async () => (await c.status<Status>()).run.spooled > 0, 60_000);
  await c.program!.stop();
  await hub.serve();

  const files = readdirSync(c.dir).sort();
  const unasked = await c.enroll(code, papercut.source, agreement.sha256);
  expect(unasked.code).toBe(1);
  expect(unasked.stderr).toMatch(/--again/);
  expect(readdirSync(c.dir).sort()).toEqual(files);
  const key = c.read("key.pem");

  const again = await enrollAgain(hub, c, code, papercut.source, agreement.sha256);
  expect(again).toMatchObject({ code: 0 });
  expect(c.read("key.pem")).not.toBe(key);
  expect(readdirSync(c.dir).filter((n) => /^key\..*\.pem$/.test(n))).toEqual([]);
  expect(JSON.parse(c.read("consent.old.json")).provider).toBe("ACME Print");
  expect(JSON.parse(c.read("consent.json")).provider).toBe("Other Print");
  papercut.change({ disk_used_percent: 55 });
  c.run();
  await until("the new provider sees it", async () => (await other.api.site(theirs.id)).status === "ok", 40_000);
  const seen = await disksOf(other, theirs);
  expect(seen).toContain(55);
  expect(seen).not.toContain(66);
  const ledger = (await c.command("ledger")).stdout;
  const epochs = new Set(ledger.trim().split("\n").map((l) => l.slice(0, 8)));
  expect(epochs.size).toBe(2); // what the first provider got is still there to read
  expect(await provider.api.site(site.id)).toMatchObject({ name: "Head office" });
  expect(customer.name).toBe("Example Works");
});

test("enrolled again for the same site, what waited arrives and devices keep their names' pseudonyms", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 31, printers: [{ name: "prn01\\HP-1F", status: "OK" }] });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const devices = async () => (await provider.api.devices(site.id)).items.map((d) => d.id);
  const before = await until("a device is there", async () => ((await devices()).length > 0 ? devices() : false), 40_000);
  await c.monitoring("off");
  await c.program!.stop();
  const { code } = await provider.api.invite(site);
  const again = await enrollAgain(hub, c, code, papercut.source, (await offer(hub, code)).agreement.sha256);
  expect(again).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(join(c.dir, "permissions.json"), "utf8")).monitoring).toBe("off"); // the customer's hand
  await c.monitoring("on");
  c.run();
  await until("it has reported", async () => (await c.status<Status>()).run.reported_at, 40_000);
  expect(await devices()).toEqual(before);
});
