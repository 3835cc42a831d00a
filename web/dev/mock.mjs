// node dev/mock.mjs [--port 8400] [--sites 3] [--language en] [--calm]
//
// For the development of screens only: serves dist/ under the hub's own policy, and an invented
// API beside it.  What it says follows docs/protocol.md, but nothing here is the hub.
//
// Special log-ins: password "wrong" is refused, "often" is refused for a while.  Special searches:
// "fail" answers 503.  POST /dev/expire ends all logins, POST /dev/break?on=1 makes the API fail.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeSites, seriesOf } from "./fleet.mjs";
import { rulesOf } from "./rules.mjs";
import { asked, makeSessions, move, targetsOf } from "./sessions.mjs";

const dist = resolve(import.meta.dirname, "../dist");
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const severity = [
  "error", "warning", "offline", "never_connected", "revoked", "monitoring_off", "ok",
];

export function startMock({ port = 0, count = 3, language = "en", calm = true }) {
  let sites = makeSites(count);
  let sessions = [];
  let opens = true;
  let loggedIn = new Set();
  let broken = false;
  let seq = 100;
  const streams = new Set();

  const me = {
    user: { id: "user_1", email: "m.keller@acme-print.example", name: "Martina Keller", language },
    provider: { id: "prov_1", name: "ACME Print (Germany)" },
    terms: {
      version: 1,
      language,
      sha256: "0".repeat(64),
      accepted_at: "2026-11-02T08:00:00.000Z",
      provider_accepted_at: "2026-11-02T08:00:00.000Z",
    },
    region: "de",
    rights: ["view", "customers", "sites", "invite", "revoke", "rules", "notes", "sessions"],
    mail: true,
    hub_version: "0.1.0",
  };

  function send(res, status, body, headers = {}) {
    const problem = status >= 400;
    const type = problem ? "application/problem+json" : "application/json";
    res.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers });
    res.end(body === undefined ? undefined : JSON.stringify(body));
  }

  function refuse(res, status, code, headers) {
    send(res, status, { type: "about:blank", title: code, status, code }, headers);
  }

  function compare(sort) {
    const down = sort.startsWith("-") ? -1 : 1;
    const by = sort.replace("-", "");
    const key = {
      attention: (s) => severity.indexOf(s.status),
      customer: (s) => s.customer.name,
      name: (s) => s.name,
      version: (s) => s.server?.version ?? "",
      devices: (s) => s.devices.in_error,
      last_seen: (s) => s.last_seen ?? "",
    }[by];
    return (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return down * (x < y ? -1 : 1);
      return `${a.customer.name}/${a.name}`.localeCompare(`${b.customer.name}/${b.name}`);
    };
  }

  function list(res, search) {
    const query = (search.get("query") ?? "").toLowerCase();
    if (query === "fail") return refuse(res, 503, "busy");
    const asked = (search.get("status") ?? "").split(",").filter(Boolean);
    const found = sites.filter((s) => `${s.customer.name} ${s.name}`.toLowerCase().includes(query));
    const counts = {};
    for (const s of found) counts[s.status] = (counts[s.status] ?? 0) + 1;
    const shown = found
      .filter((s) => asked.length === 0 || asked.includes(s.status))
      .sort(compare(search.get("sort") ?? "attention"));
    const limit = Number(search.get("limit") ?? 50);
    const from = Number(search.get("cursor") ?? 0);
    const items = shown.slice(from, from + limit).map(row);
    const next = from + limit < shown.length ? String(from + limit) : null;
    send(res, 200, { items, next_cursor: next, total: shown.length, counts });
  }

  function row(s) {
    const { id, name, customer, status, reasons, last_seen, permissions, devices } = s;
    const server = s.server && { product: s.server.product, version: s.server.version };
    return { id, name, customer, status, reasons, last_seen, server, permissions, devices };
  }

  function stream(req, res) {
    res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    res.write(": hello\n\n");
    streams.add(res);
    req.on("close", () => streams.delete(res));
  }

  function changed(site, verb) {
    const change = {
      seq: ++seq,
      at: new Date().toISOString(),
      verb,
      actor: { kind: "connector", id: null },
      object: { kind: "site", id: site.id },
      customer_id: site.customer.id,
      site_id: site.id,
    };
    for (const res of streams)
      res.write(`id: ${seq}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`);
  }

  /* One site's printer breaks and is repaired, over and over. */
  function live() {
    const site = sites.find((s) => s.health) ?? null;
    if (!site) return;
    const broke = site.status !== "error";
    const since = new Date().toISOString();
    site.status = broke ? "error" : "ok";
    site.devices.in_error = broke ? 1 : 0;
    site.reasons = broke
      ? [{ code: "some_in_error", component: "printers", value: 1, threshold: null, since }]
      : [];
    changed(site, "status_changed");
  }

  function body(req, then) {
    let text = "";
    req.on("data", (part) => (text += part));
    req.on("end", () => then(JSON.parse(text)));
  }

  function go(session, state, why) {
    move(session, state, why);
    changed(sites.find((s) => s.id === session.site.id), `session_${state}`);
  }

  function ask(req, res, site) {
    body(req, ({ target, reason }) => {
      if (reason === "fail") return refuse(res, 502, "connector_away");
      const session = asked(site, me, target, reason);
      const later = (ms, state, why) => setTimeout(() => go(session, state, why), ms);
      sessions.unshift(session);
      if (reason === "no") later(300, "refused", "customer");
      else if (reason === "open") later(0, "open");
      else if (reason !== "stay") later(300, "waiting_for_approval");
      send(res, 201, { id: session.id, state: session.state, url: null, expires_at: null });
    });
  }

  function session(req, res, id, part) {
    const found = sessions.find((s) => s.id === id);
    if (!found) return refuse(res, 404, "no_session");
    if (part === "url") return send(res, 200, { url: "https://ab3k9.console.example.test/.imprimatur/enter#x", expires_at: null });
    if (req.method !== "DELETE") return send(res, 200, found);
    go(found, found.opened_at ? "ended" : "refused", "technician");
    send(res, 204);
  }

  function sessionList(res, search) {
    const [site, state, live] = ["site", "state", "live"].map((name) => search.get(name));
    const over = (s) => s.state === "ended" || s.state === "refused";
    const all = sessions.filter((s) => (!site || s.site.id === site) && (!state || s.state === state) && !(live && over(s)));
    const from = Number(search.get("cursor") ?? 0);
    const to = from + Number(search.get("limit") ?? 50);
    send(res, 200, { items: all.slice(from, to), next_cursor: to < all.length ? String(to) : null });
  }

  function login(req, res) {
    body(req, ({ password }) => {
      if (password === "wrong") return refuse(res, 401, "login_failed");
      if (password === "often")
        return refuse(res, 429, "too_many_logins", { "Retry-After": "48" });
      const key = Math.random().toString(36).slice(2);
      loggedIn.add(key);
      send(res, 201, me, { "Set-Cookie": `mock=${key}; Path=/; HttpOnly; SameSite=Strict` });
    });
  }

  function dev(req, res, url) {
    if (url.pathname === "/dev/expire") {
      loggedIn = new Set();
      for (const s of streams) s.end();
    }
    if (url.pathname === "/dev/break") {
      broken = url.searchParams.get("on") === "1";
      if (broken) for (const s of streams) s.destroy();
    }
    if (url.pathname === "/dev/change") live();
    send(res, 200, {});
  }

  function api(req, res, url) {
    const path = url.pathname.slice("/api/v1".length);
    const key = /mock=(\w+)/.exec(req.headers.cookie ?? "")?.[1];
    if (broken) return refuse(res, 503, "busy");
    if (req.method === "POST" && path === "/logins") return login(req, res);
    if (!loggedIn.has(key)) return refuse(res, 401, "unauthenticated");
    if (path === "/logins/current") {
      loggedIn.delete(key);
      return send(res, 204);
    }
    if (path === "/me") return send(res, 200, me);
    if (path === "/changes") return stream(req, res);
    if (path === "/rules") return send(res, 200, { items: rulesOf(false) });
    if (path === "/sites") return list(res, url.searchParams);
    if (path === "/sessions") return sessionList(res, url.searchParams);
    const [, sid, sub] = /^\/sessions\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (sid) return session(req, res, sid, sub);
    const [, id, part] = /^\/sites\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    const site = sites.find((s) => s.id === id);
    if (!site) return refuse(res, 404, "not_found");
    if (part === "") {
      const { list: _, ...answer } = site;
      return send(res, 200, answer);
    }
    if (part === "devices")
      return send(res, 200, { items: site.list, next_cursor: null, total: site.list.length });
    if (part === "rules") return send(res, 200, { items: rulesOf(true) });
    if (part === "targets") return send(res, 200, { items: targetsOf(site), sessions: opens });
    if (part === "sessions") return ask(req, res, site);
    if (part === "series") return send(res, 200, seriesOf(site, url.searchParams));
    if (part === "refresh" && req.method === "POST") {
      setTimeout(() => changed(site, "report_asked"), 500);
      return send(res, 202);
    }
    refuse(res, 404, "not_found");
  }

  function file(res, url) {
    const path = join(dist, normalize(url.pathname));
    const there = path.startsWith(dist) && existsSync(path) && statSync(path).isFile();
    const page = /^\/(login|terms|legal(\/[^/]+)?|rules|sites(\/[^/]+)?|sessions(\/[^/]+\/enter)?)?$/.test(url.pathname);
    const name = there ? path : join(dist, "index.html");
    res.writeHead(there || page ? 200 : 404, {
      "Content-Type": types[extname(name)] ?? "application/octet-stream",
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
    });
    createReadStream(name).pipe(res);
  }

  const server = createServer((req, res) => {
    const url = new URL(req.url, "http://mock");
    if (url.pathname.startsWith("/dev/")) dev(req, res, url);
    else if (url.pathname.startsWith("/api/")) api(req, res, url);
    else file(res, url);
  });
  const timer = calm ? null : setInterval(live, 6000);

  return new Promise((ready) =>
    server.listen(port, "127.0.0.1", () =>
      ready({
        url: `http://127.0.0.1:${server.address().port}`,
        setSites: (n) => (sites = makeSites(n)),
        setSessions: (n) => (sessions = makeSessions(sites, n)),
        setOpens: (on) => (opens = on),
        sessions: () => sessions,
        sites: () => sites,
        go,
        setLanguage: (l) => (me.user.language = l),
        close: () => {
          clearInterval(timer);
          for (const s of streams) s.destroy();
          server.closeAllConnections();
          server.close();
        },
      }),
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8400" },
      sites: { type: "string", default: "3" },
      language: { type: "string", default: "en" },
      calm: { type: "boolean", default: false },
    },
  });
  const { port, sites, language, calm } = values;
  const mock = await startMock({ port: Number(port), count: Number(sites), language, calm });
  console.log(`mock at ${mock.url} with ${sites} sites; any e-mail and password will do`);
}
