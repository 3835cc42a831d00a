// node dev/settings-shots.mjs [--out DIR] [--only TEXT]
//
// The screens of the customer's settings page (shoot.mjs), from a made-up connector.  Needs a built
// dist-settings/.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { shoot } from "./shoot.mjs";

const here = import.meta.dirname;
const dist = resolve(here, "../dist-settings");
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const now = Date.now();
const at = (agoS) => new Date(now - agoS * 1000).toISOString();
const off = { state: "off", set: "off", until: null, then: "off", windows: [] };
const is = (set, more = {}) => ({ ...off, state: set, set, ...more });

function state(more = {}, permissions = {}) {
  return {
    now: at(0), provider: "ACME Print", customer: "Lycée Blaise Pascal", site: "Main building",
    site_id: "site_06f00000000000000000000000", region: "de", hub: "https://hub.acme-print.example",
    dir: "/opt/imprimatur-connector", connector_version: "0.1.0", enrolled_at: at(86400 * 3),
    revoked_at: null, replaced: false, copied_at: null,
    consent: { version: 1, language: "en", sha256: "3f".repeat(32), accepted_at: at(86400 * 3), unattended: false },
    permissions: { revision: 4, at: at(60), monitoring: is("on"), console: off, mfp: off, silent: false, lost: false, told: true, ...permissions },
    line: { online: true, since: at(7200), failure: null, sent_at: at(12), sent_bytes: 3104, waiting: 0, storage: "ok" },
    source: { kind: "papercut", state: "ok", since: at(7200), product: "PaperCut MF", version: "22.0.4", hint: "tab" },
    trust: { file: null, sha256: null },
    ledger: { bytes: 3_240_000, max_bytes: 67_108_864, keep_ms: 90 * 86_400_000 },
    ...more,
  };
}

const rows = Array.from({ length: 12 }, (_, i) => ({
  segment: 3, epoch: "a".repeat(32), seq: 240 - i, at: at(12 + i * 300), bytes: i % 5 === 0 ? 3104 : 214,
  kind: i === 4 ? "gap" : "report", state: i === 0 ? "tried" : "acked",
  purposes: i % 5 === 0 ? ["server", "health", "licence", "devices", "connector"] : ["health", "connector"],
}));
const record = JSON.stringify({
  schema: 1, at: at(12), source: "papercut",
  server: { product: "PaperCut MF", version: "22.0.4", edition: "MF", os: "Windows" },
  health: { read_at: at(12), components: [{ kind: "database", state: "ok", code: "reachable" }], disk_used_percent: 49.8 },
  devices: { complete: true, total: 1, in_error: 1, items: [{ id: "0".repeat(26), label: "Ricoh-2F", state: "error", reasons: ["toner-low"] }], gone: [] },
  connector: { version: "0.1.0", os: "linux", spooled: 0 },
});
const option = (name, more = {}) => ({ name, type: "text", set: false, secret: false, value: null, default: null, choices: [], ...more });
const options = [
  option("licence.customer_reference"),
  option("licence.organisation", { set: true, value: "Région Auvergne-Rhône-Alpes, lycées" }),
  option("proxy.auth", { type: "choice", default: "auto", choices: ["auto", "basic", "digest", "ntlm", "negotiate"] }),
  option("proxy.password", { secret: true, set: true }),
  option("proxy.url", { set: true, value: "http://proxy.example.test:3128" }),
  option("proxy.user", { set: true, value: "svc-print" }),
  option("source.kind", { type: "choice", set: true, value: "papercut", default: "papercut", choices: ["papercut", "cups"] }),
  option("source.papercut.key", { secret: true, set: true }),
  option("source.papercut.token", { secret: true, set: true }),
  option("source.papercut.xmlrpc", { type: "bool", set: true, value: "yes", default: "no", choices: ["no", "yes"] }),
  option("usage.floor", { type: "number", default: "20" }),
  option("usage.period", { type: "duration", default: "1h" }),
  option("source.papercut.url", { default: "http://127.0.0.1:9191" }),
];
const stored = [
  "connector.conf", "state.json", "consent.json", "permissions.json", "permissions.json.lock", "key.pem", "site.secret",
  "hub-ca.pem", "outbox/*.seg", "outbox/state.json", "status.json", "settings.url", "lock",
].map((name) => ({ name, secret: /key|secret|settings/.test(name) }));
const agreement = readFileSync(resolve(here, "../../texts/legal/connector-agreement/1.en.md"), "utf8").replaceAll("{provider}", "ACME Print");

const visit = (n, more) => ({
  id: `sess_06f3${String(n).padStart(22, "0")}`, target_kind: "console", target_name: null, state: "open",
  by: "Martina Keller", reason: "Toner report fails since Monday, ticket 4711", asked_at: at(900), until: at(-28_000),
  opened_at: at(820), bytes_up: 14_100, bytes_down: 2_104_222, requests: 61, ...more,
});
const asks = (n, more) => visit(n, { state: "waiting_for_approval", opened_at: null, until: at(-600), bytes_up: 0, bytes_down: 0, requests: 0, ...more });
const was = (n, state, why, opened) => ({
  id: `sess_06f2${String(n).padStart(22, "0")}`, target_kind: n % 3 ? "console" : "mfp", state, why,
  asked_at: at(86_400 * n + 100), opened_at: opened ? at(86_400 * n) : null, ended_at: at(86_400 * n - (n % 40) * 61 - 90),
  bytes_up: n * 900, bytes_down: n * 331_000, requests: n * 7,
});
const outcomes = [["ended", "technician", true], ["refused", "unanswered", false], ["ended", "customer", true], ["ended", "idle", true]];
const past = (count) => Array.from({ length: count }, (_, n) => was(n + 1, ...outcomes[n % 4]));

let current = state();
let sessions = { items: [], past: [] };
const answers = {
  "/api/state": () => current,
  "/api/ledger": () => ({ items: rows, next: { segment: 3, before: 1 } }),
  "/api/options": () => ({ items: options }),
  "/api/stored": () => ({ items: stored }),
  "/api/agreement": () => ({ text: agreement }),
  "/api/switches": () => current,
  "/api/sessions": () => sessions,
};

const server = createServer((req, res) => {
  const path = new URL(req.url, "http://x").pathname;
  res.setHeader("content-security-policy", policy);
  res.setHeader("cache-control", "no-store");
  if (path === "/api/token") {
    let text = "";
    req.on("data", (d) => (text += d));
    req.on("end", () => {
      const spent = text.includes("spent");
      res.writeHead(spent ? 403 : 201, { "content-type": "application/json" });
      res.end(JSON.stringify(spent ? { code: "link_spent" } : { token: "t".repeat(43) }));
    });
  } else if (path === "/api/records") {
    res.end(record);
  } else if (answers[path]) {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(answers[path]()));
  } else {
    const file = path === "/" ? "/index.html" : path;
    res.setHeader("content-type", types[extname(file)] ?? "text/plain");
    res.end(readFileSync(join(dist, file)));
  }
});

const open = (page, name) => page.locator(`#${name} summary`).click();
const radio = (page, n) => page.locator(".choice input").nth(n);
const all = { monitoring: off, console: off, mfp: off };
/* name: [state, go] */
const screens = {
  start: [state()],
  "visit-waits": [state({}, { console: is("ask"), mfp: is("ask") }), null, undefined, { items: [asks(1)], past: past(3) }],
  "visits-wait": [state({}, { console: is("ask"), mfp: is("ask") }), null, undefined, {
    items: [asks(1), asks(2, { by: "Ada Byron", reason: "Scan to mail sends nothing (INC-20931)", target_kind: "mfp", target_name: "Ricoh-2F" }), visit(3)],
    past: past(3),
  }],
  "visit-open": [state({}, { console: is("on"), mfp: is("ask") }), null, undefined, {
    items: [visit(1), visit(2, { target_kind: "mfp", target_name: "Ricoh-2F", by: "Ada Byron" })], past: past(3),
  }],
  "visits-past-0": [state(), (page) => open(page, "past")],
  "visits-past": [state(), (page) => open(page, "past"), undefined, { items: [], past: past(60) }],
  asks: [state({}, { console: is("ask", { windows: [{ from: at(-86400), to: at(-86400 - 14400) }] }), mfp: is("ask") })],
  risk: [state({}, { console: is("ask") }), (page) => radio(page, 1).click()],
  on: [state({}, { console: is("on", { until: at(-28800), then: "ask" }), mfp: is("on") })],
  window: [state({}, { console: is("ask") }), (page) => page.locator(".windows > .link").click()],
  "all-off": [state({}, all)],
  silent: [state({}, { ...all, silent: true })],
  offline: [state({ line: { online: false, since: at(7200), failure: "unreachable", sent_at: at(7300), sent_bytes: 900, waiting: 24, storage: "full" } }, { told: false })],
  revoked: [state({ revoked_at: at(3600), copied_at: at(3600) })],
  replaced: [state({ revoked_at: at(3600), replaced: true })],
  ledger: [state(), async (page) => {
    await open(page, "ledger");
    await page.locator(".record").first().click();
    await page.locator(".opened table").waitFor();
  }],
  fields: [state(), (page) => open(page, "fields")],
  stored: [state(), (page) => open(page, "stored")],
  options: [state(), (page) => open(page, "options")],
  agreement: [state(), (page) => open(page, "agreement")],
  leave: [state(), (page) => open(page, "leave")],
  spent: [state(), null, "spent".padEnd(43, "x")],
  closed: [state(), null, ""],
};

await new Promise((done) => server.listen(0, "127.0.0.1", done));
await shoot(screens, {
  folder: "settings-shots",
  url: `http://127.0.0.1:${server.address().port}`,
  expected: /status of 403/,
  fullPage: true,
  go: async (page, [is, go, secret = "s".repeat(43), visits = { items: [], past: [] }]) => {
    current = is;
    sessions = visits;
    await page.goto(`/#${secret}`);
    await page.locator("h1").waitFor();
    if (go) await go(page);
    await page.waitForTimeout(400);
  },
});
server.closeAllConnections();
server.close();
