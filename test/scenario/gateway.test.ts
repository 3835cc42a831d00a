/* The gateway as a technician sees it: the print server's own pages through hub, tunnel and connector, and what is not let
 * through. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, type Source } from "../harness/connector.ts";
import { Cups, cupsMissing, loginMissing } from "../harness/cups.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Site } from "../harness/api.ts";
import { Island } from "../harness/island.ts";
import { PaperCut } from "../harness/papercut.ts";
import { Premises } from "../harness/premises.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { SUFFIX, Visit } from "../harness/visit.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const LOGIN = "service=direct/1/Home/$Form&sp=S0&inputUsername=admin&inputPassword=sim-password";
const LOG = "/app?service=direct/1/OptionsAdvanced/downloadLog";

interface World {
  hub: Hub;
  provider: Provider;
  site: Site;
  connector: Connector;
}

async function world(source: Source): Promise<World> {
  const hub = await Hub.start({ console_suffix: SUFFIX });
  const { provider, site } = await newSite(hub);
  const connector = await Connector.forSite(hub, provider, site, source);
  for (const which of ["console", "mfp"] as const) {
    const allowed = await connector.command("permissions", which, "on");
    expect(allowed.code, allowed.stderr).toBe(0);
    await until("the hub knows", async () => (await provider.api.site(site.id)).permissions?.[which] === "on");
  }
  return { hub, provider, site, connector };
}

test("R2 R26 a technician logs in to the print server's own pages, whose defences hold, and reaches no interface for machines", async () => {
  const papercut = await PaperCut.start({ admin: { hsts: true, download_bytes: 8_000_000 } });
  const w = await world(papercut.source);
  const visit = await Visit.open(w.hub, w.provider, w.site);
  const first = await visit.get("/");
  expect([first.status, first.headers.location]).toEqual([302, `${visit.origin.origin}/user`]);
  const login = await visit.get("/admin");
  expect(login.text).toContain("inputUsername");
  expect(login.headers["strict-transport-security"]).toBeUndefined();
  expect(login.headers["cache-control"]).toMatch(/private/);
  expect([...visit.cookies.keys()]).toContain("__Host-t-JSESSIONID");
  // The target's own filter of origins sees a foreign one as what it is, and the session's as its own.
  expect((await visit.post("/app", LOGIN, { ...FORM, origin: "https://evil.example" })).status).toBe(403);
  const inside = await visit.post("/app", LOGIN, { ...FORM, origin: visit.origin.origin });
  expect(inside.status).toBeLessThan(400);
  const page = await visit.get("/app?service=page/Dashboard");
  expect(page.text).not.toContain("inputUsername");
  const log = await visit.get(LOG);
  expect(log.body.length).toBe(8_000_000);
  for (const path of ["/rpc/api/xmlrpc", "/api/health", "//rpc", "/x/..;/rpc", "/%72pc", "/%2frpc", "/device"])
    expect((await visit.get(path)).status, path).toBe(403);
  expect(papercut.calls.filter((c) => /^\/+(rpc|device|x)|%/.test(c.path))).toEqual([]);
});

test("R29 R58 a running download ends with the customer's switch", async () => {
  const papercut = await PaperCut.start({ admin: { download_bytes: 4_000_000_000 } });
  const w = await world(papercut.source);
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await visit.get("/admin");
  expect((await visit.post("/app", LOGIN, { ...FORM, origin: visit.origin.origin })).status).toBeLessThan(400);
  const download = await visit.begin("GET", LOG);
  let octets = 0;
  const end = new Promise<string>((done) => {
    download.on("data", (d: Buffer) => (octets += d.length));
    for (const event of ["end", "aborted", "error"]) download.on(event, () => done(event));
  });
  await until("it runs", () => octets > 1_000_000);
  expect((await w.connector.command("permissions", "console", "off")).code).toBe(0);
  expect(await end).not.toBe("end");
  expect(octets).toBeLessThan(4_000_000_000);
  await until("the session is over", async () => (await visit.get("/admin")).status === 410);
});

test("R2 the pages of a real cupsd are shown, and take neither IPP nor another configuration", async (ctx) => {
  needs(ctx, cupsMissing());
  const cups = await Cups.start();
  const w = await world(cups.source);
  const visit = await Visit.open(w.hub, w.provider, w.site);
  const home = await visit.get("/");
  expect([home.status, home.text.includes("CUPS")]).toEqual([200, true]);
  const ipp = await visit.post("/", "", { "content-type": "application/ipp" });
  expect(ipp.status).toBe(403);
  expect((await visit.call("PUT", "/admin/conf/cupsd.conf", {}, "x")).status).toBe(403);
});

test("a real cupsd that demands encryption says so in each language and leads no browser to its address; over https its administration opens", async (ctx) => {
  needs(ctx, cupsMissing() || loginMissing() || Island.missing);
  const island = Island.make();
  const cups = await Cups.start({ name: "chief", password: "a-password" }, island);
  const papercut = await PaperCut.start();
  const p = await Premises.start(papercut.source);
  await p.turn("mfp", "on");
  const at = (scheme: string) => `${scheme}://${island.theirs}:${cups.port}`;
  const service = { kind: "print_service" };
  const id = await p.addDevice("Print server", at("http"), service);
  const plain = await p.visit(id);
  expect((await plain.get("/")).text).toContain("CUPS");
  for (const [language, says] of Object.entries({ en: /encrypted connection alone[^]* https:/, fr: /connexion chiffrée[^]*https:/, de: /verschlüsselt[^]*https:/ })) {
    const page = await plain.get("/admin", { "accept-language": language });
    expect([language, page.status, page.text]).toEqual([language, 502, expect.stringMatching(says)]);
    expect(page.text).toMatch(/<li class="down">/);
    expect(page.text).not.toContain(island.theirs);
  }
  const { certificate } = (await p.page.call<{ certificate: string }>("POST", "/api/targets/look", { address: at("https") })).body;
  const secure = await p.visit(await p.addDevice("Print server", at("https"), { ...service, id, tls: "pinned", certificate }));
  expect((await secure.get("/admin")).status).toBe(401);
  const authorization = `Basic ${Buffer.from("chief:a-password").toString("base64")}`;
  expect((await secure.get("/admin", { authorization })).status).toBe(200);
}, 60_000);

test("R27 R28 only what the customer configured is a target, and the hub learns no address", async () => {
  const papercut = await PaperCut.start();
  const w = await world(papercut.source);
  const targets = async () =>
    (await w.provider.api.raw<{ items: { id: string; name: string; kind: string }[] }>("GET", `/api/v1/sites/${w.site.id}/targets`)).body.items;
  expect((await targets()).filter((t) => t.kind !== "console")).toEqual([]);
  const id = "tgt_zq1g0ye7dnvm13rj501kmq04vr";
  const target = { id, name: "Floor 2", kind: "mfp", address: "http://127.0.0.1:9", tls: "plain" };
  writeFileSync(join(w.connector.dir, "targets.json"), JSON.stringify({ revision: 1, items: [target] }), { mode: 0o600 });
  await until("the hub knows it", async () => (await targets()).some((t) => t.name === "Floor 2"));
  const told = (await targets()).find((t) => t.name === "Floor 2")!;
  expect(JSON.stringify(told)).not.toContain("127.0.0.1");
  // What somebody wrote there by hand past all checks is still not dialled: it is this machine.
  const visit = await Visit.open(w.hub, w.provider, w.site, told.id);
  expect((await visit.get("/")).status).toBe(403);
});
