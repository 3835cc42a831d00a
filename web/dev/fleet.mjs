// An invented fleet for the mock: the same for the same number, times relative to now.
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const customers = [
  "Lycée Blaise Pascal", "Klinikum Süd", "Brown & Sons", "Mairie de Lyon", "Acme", "Stadtwerke Ulm",
  "Université de Lausanne", "Gymnasium am Ring", "Kanzlei Böhm & Partner", "St Mary's Hospital",
  "Hôpital Saint-Louis", "Landratsamt Bodenseekreis", "Northfield School District", "Müller Druck",
  "Bibliothèque de Genève", "Versicherungskammer", "Oak Street Dental", "Technische Hochschule Mitte",
];
const places = ["main", "Haus B", "HQ", "DSI", "Berlin", "Campus Nord", "annexe", "2nd floor", "Lager"];
const shares = [
  ["ok", 0.93], ["error", 0.01], ["warning", 0.025], ["offline", 0.015],
  ["monitoring_off", 0.01], ["never_connected", 0.007], ["revoked", 0.003],
];

function random(seed) {
  let s = seed >>> 0;
  return () => ((s = (s * 1664525 + 1013904223) >>> 0) / 2 ** 32);
}

const ago = (ms) => new Date(Date.now() - ms).toISOString();
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

function id(prefix, n) {
  let text = "";
  for (let i = 0, r = random(n + 7); i < 22; i++) text += alphabet[Math.floor(r() * 32)];
  return `${prefix}_06f2${text}`;
}

function reasonsFor(status, r) {
  const one = (code, component, value, threshold, ms, rule = null, unit = null, severity = status) => ({
    code, component, value, threshold, since: ms === null ? null : ago(ms), rule, unit,
    severity: rule && severity, origin: rule && "default", detail: null,
  });
  switch (status) {
    case "error":
      return [
        r() < 0.5
          ? one("unreachable", "database", null, null, 47 * minute, "database_down")
          : one("all_in_error", "printers", 6, null, 3 * hour, "printers_all"),
      ];
    case "warning":
      return [
        one("some_in_error", "printers", 2, 1, 5 * hour, "printers_some", "count"),
        one("disk_low", "application_server", 91.4, 90, 26 * hour, "disk_low", "percent"),
      ].slice(0, r() < 0.5 ? 1 : 2);
    case "offline":
      return [one("silent", null, null, 90, 52 * hour, "silent", "seconds")];
    case "monitoring_off":
      return [one("monitoring_off", null, null, null, 9 * day)];
    case "never_connected":
      return [one("never_connected", null, null, null, null)];
    case "revoked":
      return [one("revoked", null, null, null, 40 * day)];
    default:
      return [];
  }
}

function components(status, reasons) {
  const bad = (kind) => reasons.find((x) => x.component === kind);
  const part = (kind, code, ms) => {
    const found = bad(kind);
    const state = found ? (status === "error" ? "error" : "warning") : "ok";
    return { kind, state, code: found?.code ?? code, since: found?.since ?? ago(ms) };
  };
  return [
    part("application_server", "reachable", 13 * day),
    part("database", "reachable", 13 * day),
    part("printers", "none_in_error", 2 * day),
    part("devices", "none_in_error", 6 * day),
    part("print_providers", "all_online", 13 * day),
    { kind: "licence", state: "ok", code: "licence_valid", since: ago(200 * day) },
  ];
}

const models = [
  "Ricoh-2F", "HP-1F", "Kyocera Empfang", "Xerox-Buchhaltung", "Brother Lager", "Canon Salle 12",
  "Konica-3OG", "Lexmark-Labor", "Epson Secrétariat",
];
const troubles = [["media-jam"], ["toner-low"], ["door-open"], ["media-empty", "toner-low"]];

function devicesFor(total, bad, r) {
  return Array.from({ length: total }, (_, i) => {
    const error = i < bad;
    const busy = !error && r() < 0.2;
    const hints = r() < 0.15 ? troubles[1] : [];
    return {
      id: id("x", i).slice(2),
      label: i === total - 1 && total > 3 ? null : `${models[i % models.length]}${i >= 9 ? `-${i}` : ""}`,
      state: error ? (i % 3 === 1 ? "stopped" : "error") : busy ? "processing" : "idle",
      reasons: error ? troubles[i % troubles.length] : hints,
      accepting_jobs: i % 11 === 10 ? null : !(error && i % 3 === 1),
      since: ago(r() * 6 * day),
      usage: total > 8 && i < 6 ? { ...yesterday, pages: 3512 - 400 * i, jobs: 410 - 30 * i } : null,
    };
  });
}

function infrastructure(status, seen) {
  const down = status === "warning" ? 1 : 0;
  const read_at = ago(seen[status] ?? 8000);
  return {
    read_at,
    parts: [
      { kind: "print_providers", state: "ok", total: 4, down: 0 },
      { kind: "site_servers", state: down ? "warning" : "ok", total: 3, down },
      { kind: "mobility_print_servers", state: "unknown", total: 1, down: null },
    ],
  };
}

function licence(i, age) {
  const whole = i % 3 !== 0;
  return {
    read_at: ago(age),
    valid: true,
    support_days: whole ? 213 : null,
    support_ends_at: whole ? ago(-213 * day) : null,
    licence_days: null,
    origin: "server",
    seats: whole
      ? [
          { kind: "users", used: 812, licensed: 1000 },
          { kind: "devices", used: 41, licensed: 40 },
          { kind: "site_servers", used: 1, licensed: null },
        ]
      : [],
    organisation: whole ? { value: "Klinikum Süd gGmbH & Service-Gesellschaft mbH", origin: "customer" } : null,
    customer_reference: whole ? { value: "C-1234567", origin: "customer" } : null,
  };
}

/* A whole day, as devices tell it. */
const yesterday = { from: ago(30 * hour), to: ago(6 * hour) };

function usage(total, age) {
  return {
    read_at: ago(age),
    features: ["devices", "held_jobs", "web_print", "site_servers"],
    held_jobs: 17,
    period: { from: ago(age + hour), to: ago(age), pages: 1290, errors: 0, warnings: null },
    day: total > 8 ? { ...yesterday, pages: 14_280, jobs: 1911 } : null,
  };
}

function permissionsFor(status, i) {
  if (status === "never_connected") return null;
  const monitoring = status === "monitoring_off" ? "off" : "on";
  const three = ["off", "ask", "on"];
  return { monitoring, console: three[(i + 1) % 3], mfp: three[(i * 7) % 3] };
}

function makeSite(i, status) {
  const r = random(i + 1);
  const never = status === "never_connected";
  const off = status === "monitoring_off";
  const seen = { ok: 8000, error: 9000, warning: 12_000, offline: 52 * hour, revoked: 40 * day };
  const total = never || off ? 0 : 2 + Math.floor(r() * 60);
  const reasons = reasonsFor(status, r);
  const printers = reasons.find((x) => x.component === "printers");
  const inError = printers ? Math.min(total, printers.value) : 0;
  const cups = i % 5 === 3;
  const known = !never && !off;
  const round = Math.floor(i / (customers.length * places.length));
  return {
    id: id("site", i),
    name: places[Math.floor(i / customers.length) % places.length] + (round ? ` ${round + 1}` : ""),
    customer: { id: id("cust", i % customers.length), name: customers[i % customers.length], archived_at: null },
    archived_at: null,
    created_at: ago(300 * day),
    status,
    reasons,
    permissions: permissionsFor(status, i),
    consent: never ? null : { version: 1, sha256: "9f2c".repeat(16), at: ago(120 * day) },
    last_seen: never ? null : ago((seen[status] ?? 15_000) + Math.floor(r() * 9000)),
    public_ip: never ? null : "203.0.113.7",
    server: known
      ? {
          product: cups ? "CUPS" : "PaperCut MF",
          version: cups ? "2.4.2" : ["22.0.4", "21.2.1", "24.0.1", "23.0.9"][i % 4],
          edition: cups ? null : "MF",
          os: cups ? "Linux" : "Windows",
        }
      : null,
    health: known ? { read_at: ago(seen[status] ?? 8000), components: components(status, reasons) } : null,
    infrastructure: known && !cups ? infrastructure(status, seen) : null,
    licence: known && !cups ? licence(i, seen[status] ?? 8000) : null,
    usage: known && !cups ? usage(total, seen[status] ?? 8000) : null,
    devices: { total, in_error: inError },
    connector: never
      ? null
      : {
          id: id("conn", i), version: "0.1.0", clock_skew_ms: i % 4 === 1 ? -190_000 : 400,
          spooled: i % 4 === 1 ? 12 : 0, enrolled_at: ago(120 * day), copied: i % 4 === 1,
        },
    invitation: never ? { id: id("inv", i), expires_at: ago(-13 * day) } : null,
    series: known ? ["printers_in_error", "printers_total", "disk_used_percent", "pages_hour", "pages_day"] : [],
    list: devicesFor(total, inError, r),
  };
}

export function makeSites(count) {
  if (count <= 10)
    return ["error", "warning", "ok", "offline", "monitoring_off", "never_connected", "revoked"]
      .slice(0, count)
      .map((status, i) => makeSite(i, status));
  const r = random(42);
  return Array.from({ length: count }, (_, i) => {
    let x = r();
    for (const [status, share] of shares) if ((x -= share) < 0) return makeSite(i, status);
    return makeSite(i, "ok");
  });
}

export function seriesOf(site, search) {
  const from = Date.parse(search.get("from"));
  const to = Date.parse(search.get("to"));
  const step = Math.max(5 * minute, Math.ceil((to - from) / 288 / minute) * minute);
  const name = search.get("name");
  const percent = name === "disk_used_percent";
  const r = random(99);
  const points = [];
  let value = percent ? 42 : 1;
  let known = 0;

  for (let at = from - (from % step), i = 0; at < to; at += step, i++) {
    if (r() < 0.06) value += percent ? r() * 2 : r() < 0.5 && value > 0 ? -1 : 1;
    const gap = i > 60 && i < 84;
    if (!gap) known++;
    points.push([at, gap ? null : Math.round(value * 10) / 10]);
  }
  return {
    name,
    unit: percent ? "percent" : "count",
    step_ms: step,
    coverage: points.length ? known / points.length : 0,
    points,
  };
}
