/* Every call of a connector is signed; what does not fit exactly is refused. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { type Call, HandConnector, type Twist } from "../harness/wire.ts";

/** A hub, an enrolled connector, and the provider who sees its site. */
async function enrolled() {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  return { hub, c, provider, site };
}

async function verdict(c: HandConnector, call: Call): Promise<string> {
  const a = await c.send(call);
  return `${a.status} ${a.body?.code ?? ""}`.trim();
}

test("R53 a well signed report is held; altered, replayed, wrongly dated or wrongly listed ones are refused", async () => {
  const { c } = await enrolled();
  const now = Math.floor(Date.now() / 1000);
  const call = c.reportsCall([c.next()]);
  expect(await verdict(c, call)).toBe("200");
  expect(await verdict(c, call)).toBe("401 replayed");

  const r = c.next();
  const twisted = (twist: Twist) => verdict(c, c.reportsCall([r], twist));
  expect(await twisted({ created: now - 180 })).toBe("401 clock");
  expect(await twisted({ created: now + 180 })).toBe("401 clock");
  expect(await twisted({ key: generateKeyPairSync("ed25519").privateKey })).toBe("401 signature");
  expect(await twisted({ keyid: randomBytes(32).toString("base64url") })).toBe("401 unknown_key");
  expect(await twisted({ tag: "another" })).toBe("401 signature");
  expect(await twisted({ alg: "hmac-sha256" })).toBe("401 signature");
  expect(await twisted({ authority: "hub.example.test" })).toBe("401 signature");
  const all = ["@method", "@authority", "@path", "@query", "content-digest", "content-type", "content-encoding"];
  expect(await twisted({ components: all.filter((x) => x !== "content-digest") })).toBe("401 signature");
  expect(await twisted({ components: [...all].reverse() })).toBe("401 signature");
  expect(await twisted({ components: [...all, "@scheme"] })).toBe("401 signature");

  const altered = c.reportsCall([r]);
  altered.body = Buffer.from(altered.body!);
  altered.body[altered.body.length - 1]! ^= 1;
  expect(await verdict(c, altered)).toBe("401 signature");

  const moved = { ...c.reportsCall([r]), path: "/c/v1/permissions" };
  expect(await verdict(c, moved)).toMatch(/^4\d\d /);
  expect(await verdict(c, moved)).not.toBe("200");

  const unsigned = c.reportsCall([r]);
  delete unsigned.headers.signature;
  expect(await verdict(c, unsigned)).toBe("401 signature");

  expect(await verdict(c, c.reportsCall([r]))).toBe("200");
});

test("the digest is of what was sent: gzip is checked before it is inflated, and a bomb is refused", async () => {
  const { hub, c } = await enrolled();
  const record = c.next();
  const zipped = (body: Buffer, twist: Twist = {}) =>
    c.identity.sign(hub.url, "POST", "/c/v1/reports", gzipSync(body), twist, "application/vnd.imprimatur.records");
  // Signed as identity but sent as gzip: another list of values than was signed.
  const lied = zipped(record.bytes);
  lied.headers["content-encoding"] = "gzip";
  expect(await verdict(c, lied)).toBe("401 signature");
  expect(await verdict(c, zipped(Buffer.alloc(64 << 20), { encoding: "gzip" }))).toBe("413 too_large");
  expect(await verdict(c, zipped(record.bytes, { encoding: "gzip" }))).toBe("200");
});

test("a clock that is wrong learns the hub's time", async () => {
  const { c } = await enrolled();
  const a = await c.send<{ code: string; hub_time: string }>(c.reportsCall([c.next()], { created: 1_700_000_000 }));
  expect([a.status, a.body.code]).toEqual([401, "clock"]);
  expect(Math.abs(Date.parse(a.body.hub_time) - Date.now())).toBeLessThan(5_000);
});

test("R68 records that do not continue those held are a fork, and nothing is deleted", async () => {
  const { c, provider, site } = await enrolled();
  const first = c.next();
  const second = c.next();
  expect((await c.report(first, second)).body).toMatchObject({ acked: 2 });
  // Again: the acknowledgement may have been lost.
  expect((await c.report(first, second)).body).toMatchObject({ acked: 2 });

  c.seq = 1;
  c.prev = first.digest;
  const other = c.next({ at: "2026-01-01T00:00:00.000Z" });
  const fork = await c.report(other);
  expect([fork.status, fork.body.code]).toEqual([409, "fork"]);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: true });

  c.epoch = randomBytes(16);
  c.seq = 0;
  c.prev = Buffer.alloc(32);
  expect((await c.report(c.next())).body).toMatchObject({ acked: 1 });
});

test("records that come out of order are held, and acknowledged as ranges", async () => {
  const { c } = await enrolled();
  const [one, two, three] = [c.next(), c.next(), c.next()];
  const newest = await c.report(three!);
  expect(newest.body).toMatchObject({ acked: 0, ranges: [{ from: 3, to: 3 }] });
  expect((await c.report(one!, two!)).body).toMatchObject({ acked: 3, ranges: [] });
});
