/* A hub that has been taken over, and its way into a site: asks and streams that it forges, replays and reorders, with each
 * permission in each mode.  What reaches the targets is what the customer's switches and words leave open, and nothing else. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { CODE, HostileHub, newId } from "../harness/hostile.ts";
import { Island } from "../harness/island.ts";
import { Program } from "../harness/program.ts";
import type { Visits } from "../harness/session.ts";
import { SettingsPage } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const SLOW = 120_000;

interface World {
  hub: HostileHub;
  c: Connector;
  /** What the console was asked by visitors. */
  came: string[];
}

/** A site whose print server is here; its own health calls do not count. */
async function world(): Promise<World> {
  const came: string[] = [];
  const server = createServer((req, res) => {
    if (!req.url!.startsWith("/api/")) came.push(req.url!);
    req.resume().on("end", () => res.end("the console"));
    req.on("error", () => {});
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const hub = await HostileHub.start();
  const c = new Connector(hub);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const r = await c.enroll(CODE, { "source.kind": "papercut", "source.papercut.url": url, "source.papercut.key": "a-key" }, hub.agreement.sha256);
  expect([r.code, r.stderr]).toEqual([0, expect.anything()]);
  c.run();
  await until("it polls", () => hub.asked("/c/v1/commands").length > 0);
  return { hub, c, came };
}

async function turn({ c }: World, ...words: string[]): Promise<void> {
  expect(await c.command("permissions", ...words)).toMatchObject({ code: 0 });
}

function ask({ hub }: World, session: string, target = "console", more: object = {}): void {
  hub.orders.push({ kind: "open_session", session, target, reason: "Because I say so", by: "Somebody", ask_until: "2099-01-01T00:00:00.000Z", ...more });
}

/** What the connector has said last of a session. */
function told({ hub }: World, session: string): { state?: string; why?: string } {
  const last = hub.asked(`/c/v1/sessions/${session}`).at(-1);
  return last ? (JSON.parse(last.body.toString()) as { state: string; why?: string }) : {};
}

async function becomes(w: World, session: string, state: string, why?: string): Promise<void> {
  await until(`${state} ${why ?? ""}`, () => told(w, session).state === state && told(w, session).why === why);
}

async function visits({ c }: World): Promise<Visits> {
  return JSON.parse((await c.command("sessions", "--json")).stdout) as Visits;
}

/** A stream of the newest tunnel: status, and the connector's own word if it is one. */
function stream({ hub }: World, head: Record<string, string | string[]>, path = "/"): Promise<string> {
  return new Promise((done) => {
    const s = hub.tunnels.at(-1)!.request({ ":path": path, ":authority": "x.console.example.test", ...head });
    s.on("response", (h) => done(`${h[":status"]} ${String(h["imprimatur-error"] ?? "")}`.trim()));
    s.on("error", () => done("broken off"));
    s.on("close", () => done("broken off"));
    s.resume();
  });
}

const STATES = { off: ["refused", "not_allowed"], ask: ["waiting_for_approval"], on: ["open"] } as const;
type Switch = keyof typeof STATES;

/** One setting of the switches, with both targets and one that there is not. */
async function setting(w: World, mfp: string, switches: { console: Switch; mfp: Switch }): Promise<void> {
  const where = JSON.stringify(switches);
  await turn(w, "console", switches.console);
  await turn(w, "mfp", switches.mfp);
  const [a, b, c, unknown] = [newId("sess"), newId("sess"), newId("sess"), newId("sess")];
  const before = w.came.length;
  // A close before its open is nothing, and neither is one of somebody else's.
  w.hub.orders.push({ kind: "close_session", session: a }, { kind: "close_session", session: unknown });
  ask(w, a);
  ask(w, b, mfp);
  ask(w, c, newId("tgt"));
  ask(w, a, mfp); // the same id for more
  ask(w, b, "console");
  await becomes(w, a, ...(STATES[switches.console] as readonly [string, string?]));
  await becomes(w, b, ...(STATES[switches.mfp] as readonly [string, string?]));
  await becomes(w, c, "refused", "no_target");
  const live = [["console", a], ["mfp", b]].filter(([kind]) => switches[kind as "mfp"] !== "off").map(([kind, id]) => [id, kind, STATES[switches[kind as "mfp"]][0]]);
  expect((await visits(w)).items.map((v) => [v.id, v.target_kind, v.state]).sort(), where).toEqual(live.sort());
  const tunnel = () => w.hub.tunnels.some((t) => !t.destroyed);
  if (switches.console === "on" || switches.mfp === "on") await until("the tunnel is there", tunnel);
  if (tunnel()) {
    const expected = { off: expect.stringMatching(/ (no_session|session_over)$/), ask: expect.stringMatching(/ session_not_open$/), on: "200" };
    const served = [await stream(w, { "imprimatur-session": a }), await stream(w, { "imprimatur-session": b })];
    expect([where, ...served]).toEqual([where, expected[switches.console], expected[switches.mfp]]);
    const heads = [{}, ...["", c, unknown, `${a}x`, a.toUpperCase(), mfp, [unknown, a]].map((v) => ({ "imprimatur-session": v }))];
    for (const head of heads as Record<string, string>[])
      expect([where, head, await stream(w, head)]).toEqual([where, head, expect.stringMatching(/^[45]|^broken off/)]);
  }
  expect(w.came.length - before, where).toBe(switches.console === "on" ? 1 : 0);
  // Closed once, and asked for again by the same id: not again.
  for (const id of [a, b]) w.hub.orders.push({ kind: "close_session", session: id });
  ask(w, a);
  ask(w, b, mfp);
  w.hub.orders.push({ kind: "report_now" });
  await until("it has heard", () => w.hub.orders.length === 0);
  await until("both are over", () => [a, b].every((id) => ["ended", "refused"].includes(told(w, id).state!)));
  expect((await visits(w)).items, where).toEqual([]);
  if (tunnel()) expect([where, await stream(w, { "imprimatur-session": a })]).toEqual([where, "410 session_over"]);
}

test.for(["off", "ask", "on"] as const)("R9 R25 R27 console %s: forged asks open what the switches leave open, and streams serve no other session", { timeout: SLOW }, async (console, ctx) => {
  needs(ctx, Island.missing);
  const island = Island.make();
  const script = 'require("node:http").createServer((q, s) => s.end("the device")).listen(8080, "0.0.0.0", () => console.log("up"))';
  const device = Program.start(process.execPath, ["-e", script], { inside: island.inside, foreign: true });
  await until("the device is up", () => device.stdout.includes("up"));
  const w = await world();
  const page = await SettingsPage.open(w.c);
  const added = await page.call<{ items: { id: string }[] }>("POST", "/api/targets", { name: "Floor 2", kind: "mfp", address: `http://${island.theirs}:8080`, tls: "plain" });
  // Ten questions an hour are let in: these are nine.
  for (const mfp of ["off", "ask", "on"] as const) await setting(w, added.body.items[0]!.id, { console, mfp });
});

test("R9 R29 a yes is for one visit; its id, its tunnel and streams that were kept back are worth nothing after its end", { timeout: SLOW }, async () => {
  const w = await world();
  await turn(w, "console", "ask");
  const id = newId("sess");
  ask(w, id);
  await becomes(w, id, "waiting_for_approval");
  expect(w.hub.tunnels).toEqual([]);
  expect((await w.c.command("sessions", "approve", id)).code).toBe(0);
  await becomes(w, id, "open");
  await until("the tunnel is there", () => w.hub.tunnels.length === 1);
  expect(await stream(w, { "imprimatur-session": id })).toBe("200");
  // Begun before the end, ended after it.
  const kept = w.hub.tunnels[0]!.request({ ":method": "POST", ":path": "/kept", ":authority": "x", "imprimatur-session": id });
  const over = new Promise<string>((done) => {
    kept.on("response", (h) => done(`${h[":status"]} ${String(h["imprimatur-error"] ?? "")}`));
    kept.on("error", () => done("broken off"));
    kept.on("close", () => done("broken off"));
  });
  kept.write("half");
  const second = newId("sess");
  ask(w, second);
  await becomes(w, second, "waiting_for_approval");
  expect(await stream(w, { "imprimatur-session": second })).toMatch(/session_not_open/); // the yes was for the other one
  expect((await w.c.command("sessions", "end", id)).code).toBe(0);
  expect(await over).not.toMatch(/^2/);
  await becomes(w, id, "ended", "customer");
  for (const more of [{}, { reason: "Again" }, { target: newId("tgt") }, { ask_until: "2099-12-31T00:00:00.000Z" }]) ask(w, id, "console", more);
  w.hub.orders.push({ kind: "close_session", session: id });
  await until("it has heard", () => w.hub.orders.length === 0);
  await until("it still is what it was", () => told(w, id).state === "ended");
  expect(await stream(w, { "imprimatur-session": id })).toBe("410 session_over");
  expect((await visits(w)).items.map((v) => v.id)).toEqual([second]);
  // After a restart, too.
  await w.c.program!.stop();
  w.c.run();
  ask(w, id);
  ask(w, second);
  await becomes(w, second, "refused", "restarted");
  expect((await visits(w)).items).toEqual([]);
  expect(w.came.filter((p) => p !== "/kept")).toEqual(["/"]);
});

test("R19 a flood of asks is ten questions, three of them open, and pushes nothing out that really was", { timeout: SLOW }, async () => {
  const w = await world();
  await turn(w, "console", "ask");
  const real = newId("sess");
  ask(w, real);
  await becomes(w, real, "waiting_for_approval");
  expect((await w.c.command("sessions", "approve", real)).code).toBe(0);
  const ids = Array.from({ length: 100 }, () => newId("sess"));
  for (const id of ids) ask(w, id, "console", { by: `Somebody ${id.slice(-4)}\u202e\n`, reason: "x".repeat(500) });
  await until("all were told", () => w.hub.orders.length === 0, 60_000);
  await until("the last are refused", () => told(w, ids.at(-1)!).state === "refused", 60_000);
  const v = await visits(w);
  expect(v.items.filter((i) => i.state === "waiting_for_approval")).toHaveLength(3);
  expect(v.items.filter((i) => i.state === "open").map((i) => i.id)).toEqual([real]);
  expect(JSON.stringify(v.items)).not.toMatch(/\u202e|\\n/);
  expect((await w.c.command("sessions", "end", real)).code).toBe(0);
  const past = (await visits(w)).past;
  expect(past.find((p) => p.id === real)).toMatchObject({ state: "ended", why: "customer" });
  const asked = w.hub.calls.filter((c) => /^\/c\/v1\/sessions\/sess_/.test(c.path));
  expect(new Set(asked.filter((c) => (JSON.parse(c.body.toString()) as { state: string }).state === "waiting_for_approval").map((c) => c.path)).size).toBe(4);
  expect(w.came).toEqual([]);
  // Yes to one is no yes to another.
  const [first] = v.items.filter((i) => i.state === "waiting_for_approval");
  expect((await w.c.command("sessions", "refuse", first!.id)).code).toBe(0);
  expect((await visits(w)).items.filter((i) => i.state === "open")).toEqual([]);
});
