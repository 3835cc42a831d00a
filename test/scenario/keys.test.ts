/* A connector's key: changed without anybody being locked out, and by nobody who has no right to. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { until } from "../harness/until.ts";
import { HandConnector, Identity } from "../harness/wire.ts";

const DAY_MS = 24 * 3600 * 1000;

async function enrolled(hub: Hub) {
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  return { c, provider, site };
}

async function verdict(answer: Promise<{ status: number; body: unknown }>): Promise<string> {
  const a = await answer;
  return `${a.status} ${(a.body as { code?: string } | undefined)?.code ?? ""}`.trim();
}

test("a key is changed for another one, and the old one ends with the first call by the new", async () => {
  const hub = await Hub.start();
  const { c } = await enrolled(hub);
  const old = c.identity;
  const next = new Identity();
  expect(await verdict(c.send(c.keyCall(next)))).toBe("204");
  // Both are good until the new one is used: the answer may have been lost.
  expect(await verdict(c.report(c.next()))).toBe("200");
  expect(await verdict(c.send(c.keyCall(next)))).toBe("204");
  c.identity = next;
  expect(await verdict(c.report(c.next()))).toBe("200");
  c.identity = old;
  expect(await verdict(c.report(c.next()))).toBe("401 key_retired");
  await hub.program.stop();
  await hub.serve();
  expect(await verdict(c.report(c.next()))).toBe("401 key_retired");
  c.identity = next;
  // Back to a key of before: a key is for one time.
  expect(await verdict(c.send(c.keyCall(old)))).toBe("409 conflict");
});

test("R9 offers made again leave no row in the change log, and new ones are limited", async () => {
  const hub = await Hub.start();
  const { c, provider } = await enrolled(hub);
  const verbs = provider.api.verbs();
  const offered = () => verbs().filter((v) => v === "connector_key_offered").length;
  const first = new Identity();
  for (let i = 0; i < 30; i++) expect(await verdict(c.send(c.keyCall(first)))).toBe("204");
  await until("the first offer is told", () => offered() > 0);
  let taken = 1;
  let last = await c.send(c.keyCall(new Identity()));
  for (; last.status === 204 && taken < 100; taken++) last = await c.send(c.keyCall(new Identity()));
  expect({ taken, status: last.status, code: last.body.code }).toEqual({ taken: 10, status: 429, code: "too_many" });
  expect(Number(last.headers["retry-after"])).toBeGreaterThan(60);
  // It still reports, and what comes after in the log shows that no row is missing before it.
  expect(await verdict(c.report(c.next()))).toBe("200");
  await provider.api.makeCustomer("Last");
  await until("the last change is told", () => verbs().at(-1) === "customer_made");
  expect(offered()).toBe(10);
});

test("a hub that is killed between offer and first call takes both keys, one killed after it only the new", async () => {
  const hub = await Hub.start();
  const { c } = await enrolled(hub);
  const old = c.identity;
  const next = new Identity();
  expect(await verdict(c.send(c.keyCall(next)))).toBe("204");
  await hub.program.kill9();
  await hub.serve();
  expect(await verdict(c.report(c.next()))).toBe("200");
  c.identity = next;
  expect(await verdict(c.report(c.next()))).toBe("200"); // its commit carries the change as well
  await hub.program.kill9();
  await hub.serve();
  c.identity = old;
  expect(await verdict(c.send(c.keyCall(new Identity())))).toBe("401 key_retired");
});

test("R68 forged, foreign and replayed changes of a key are refused", async () => {
  const hub = await Hub.start();
  const { c } = await enrolled(hub);
  const stranger = new HandConnector(hub);
  const next = new Identity();
  // Signed by a key that the hub does not know; by the new one alone; by somebody else under the connector's name.
  expect(await verdict(stranger.send(stranger.keyCall(next)))).toBe("401 unknown_key");
  expect(await verdict(c.send(c.keyCall(next, { signer: next })))).toBe("401 unknown_key");
  expect(await verdict(c.send(c.keyCall(next, { twist: { key: stranger.identity.key } })))).toBe("401 signature");
  // A proof by another key, over another key, for another hub.
  expect(await verdict(c.send(c.keyCall(next, { prover: stranger.identity })))).toBe("401 signature");
  expect(await verdict(c.send(c.keyCall(next, { old: stranger.identity.thumbprint })))).toBe("401 signature");
  expect(await verdict(c.send(c.keyCall(next, { authority: "hub.example.test" })))).toBe("401 signature");
  // Somebody else's key cannot be taken, with or without its holder's proof.
  const { code } = await (async () => {
    const p = await hub.provider("Other Print");
    const site = await p.api.makeSite(await p.api.makeCustomer("Theirs"), "Theirs");
    return p.api.invite(site);
  })();
  await stranger.enroll(code, await offer(hub, code));
  expect(await verdict(c.send(c.keyCall(stranger.identity)))).toBe("409 conflict");
  // A call that was seen, and one after the connector has been revoked.
  const call = c.keyCall(next);
  expect(await verdict(c.send(call))).toBe("204");
  expect(await verdict(c.send(call))).toBe("401 replayed");
  expect(await verdict(c.report(c.next()))).toBe("200");
});

test("a revoked connector changes no key", async () => {
  const hub = await Hub.start();
  const { c, provider, site } = await enrolled(hub);
  const next = new Identity();
  expect(await verdict(c.send(c.keyCall(next)))).toBe("204");
  await provider.api.revokeConnector(site);
  c.identity = next;
  expect(await verdict(c.report(c.next()))).toBe("403 revoked");
  expect(await verdict(c.send(c.keyCall(new Identity())))).toBe("403 revoked");
});

test("rotate-key changes the running connector's key, and its reports go on in one chain", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 11 });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const disk = async () => (await provider.api.series(site.id, "name=disk_used_percent")).points.at(-1)?.[1];
  await until("the first value is there", async () => (await disk()) === 11, 40_000);
  const before = c.read("key.pem");
  const r = await c.command("rotate-key");
  expect(r).toMatchObject({ code: 0, stderr: "" });
  expect(c.read("key.pem")).not.toBe(before);
  expect(c.read("key.old.pem")).toBe(before);
  expect(existsSync(join(c.dir, "key.next.pem"))).toBe(false);
  papercut.change({ disk_used_percent: 22 });
  await until("the second value is there", async () => (await disk()) === 22, 60_000);
  const thief = new HandConnector(hub, new Identity(before));
  await until("the old key is dead", async () => (await verdict(thief.poll(0))) === "401 key_retired");
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
  const verbs = provider.api.verbs();
  await until("the log says so", () => verbs().includes("connector_key_changed"));
  expect(verbs().filter((v) => v.startsWith("connector_key"))).toEqual(["connector_key_offered", "connector_key_changed"]);
});

test("a connector killed at any step of changing its key is never locked out", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const online = async () => (await c.status<{ online: boolean }>()).online;
  await until("it is online", online);
  for (let i = 0; i < 6; i++) {
    const command = c.command("rotate-key");
    await new Promise((done) => setTimeout(done, Math.random() * 250)); // the moment of a crash is random
    await (i % 3 === 2 ? hub.program.kill9() : c.program!.kill9());
    if (i % 3 === 2) await hub.serve();
    else c.run();
    await command;
    await until("it is online again", online, 40_000);
    await until("no change waits", () => !existsSync(join(c.dir, "key.next.pem")), 40_000);
  }
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
}, 240_000);

test("a key that has become too old is changed by itself", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, "key.max_age": "1d" });
  const before = c.read("key.pem");
  await until("it is online", async () => (await c.status<{ online: boolean }>()).online);
  await c.program!.stop();
  hub.setClock(2 * DAY_MS);
  c.run({ IMPRIMATUR_TEST_CLOCK: hub.clockFile });
  await until("the key is another", () => readFileSync(join(c.dir, "key.pem"), "utf8") !== before, 40_000);
});

test("a hub that was restored from before the change learns the present key again", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const status = () => c.status<{ online: boolean; run: { failure?: string } }>();
  await until("it is online", async () => (await status()).online);
  await hub.program.stop();
  const backup = hub.copyDisk();
  await hub.serve();
  await until("it is online again", async () => (await status()).online, 40_000);
  expect((await c.command("rotate-key")).code).toBe(0);
  const key = c.read("key.pem");
  const verbs = provider.api.verbs();
  await until("the new key is used", () => verbs().includes("connector_key_changed"));
  await hub.program.stop();
  hub.rollBack(backup);
  await hub.serve();
  await until("it is online at the restored hub", async () => (await status()).online && (await provider.api.site(site.id)).status === "ok", 120_000);
  expect(c.read("key.pem")).toBe(key);
}, 180_000);
