// Invented sessions for the mock, which go their way when asked for: somebody says yes after a while.
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const people = ["Martina Keller", "Ada Byron", "Jean Dupont", "Sören Østergård", null];
const reasons = [
  "Toner report fails since Monday, ticket 4711", "Add the new Ricoh on the 2nd floor", "Scan to mail sends nothing (INC-20931)",
  "Update of the certificate", "Print queue of the secretary's office is stuck, called at 9", "Monthly check",
];
const ends = [
  ["ended", "technician"], ["ended", "technician"], ["ended", "idle"], ["ended", "customer"], ["refused", "customer"],
  ["refused", "unanswered"], ["ended", "technician"], ["ended", "ceiling"], ["refused", "not_allowed"], ["ended", "offline"],
];
const at = (ms) => new Date(ms).toISOString();
const idOf = (kind, n) => `${kind}_06f3${String(n).padStart(22, "0")}`;

export function targetsOf(site) {
  const console = { id: "console", name: null, kind: "console", permission: site.permissions?.console ?? "off" };
  if (!site.list?.length) return [console];
  const printers = site.list.slice(0, 4).map((d, n) => ({ id: idOf("tgt", n + 1), name: d.label ?? `Printer ${n + 1}`, kind: "mfp", permission: site.permissions?.mfp ?? "off" }));
  return [console, ...printers, { id: idOf("tgt", 9), name: "Scan server", kind: "print_service", permission: site.permissions?.mfp ?? "off" }];
}

function past(sites, n, now) {
  const site = sites[(n * 7) % sites.length];
  const [state, why] = ends[n % ends.length];
  const asked = now - (n + 1) * 5.3 * hour;
  const opened = state === "ended" ? asked + 90 * second : null;
  const ended = opened ? opened + (3 + ((n * 13) % 180)) * minute : asked + (why === "unanswered" ? 15 * minute : 40 * second);
  const target = n % 3 === 2 ? targetsOf(site)[1] : null;
  return {
    id: idOf("sess", 900000 - n),
    site: { id: site.id, name: site.name }, customer: site.customer,
    target: target ?? { id: "console", name: null, kind: "console" },
    user: { id: `user_${(n % people.length) + 1}`, name: people[n % people.length] },
    reason: reasons[n % reasons.length], state, why,
    created_at: at(asked), ask_until: at(asked + 15 * minute), opened_at: opened && at(opened), ended_at: at(ended), ends_at: null, waiting_at: null, site_silent_since: null,
    bytes_up: opened ? (n * 7919) % 900_000 : 0, bytes_down: opened ? (n * 7_919_113) % 90_000_000 : 0, requests: opened ? (n * 37) % 900 : 0,
  };
}

export function makeSessions(sites, count) {
  const now = Date.now();
  const places = sites.filter((s) => s.list?.length);
  if (places.length === 0) return [];
  return Array.from({ length: count }, (_, n) => past(places, n, now));
}

let next = 950000;

/* A session that was just asked for; `go(state, more)` moves it. */
export function asked(site, me, target, reason) {
  const now = Date.now();
  const known = targetsOf(site).find((t) => t.id === target);
  return {
    id: idOf("sess", next++),
    site: { id: site.id, name: site.name }, customer: site.customer,
    target: known ?? { id: "console", name: null, kind: "console" },
    user: { id: me.user.id, name: me.user.name }, reason, state: "requested", why: null,
    created_at: at(now), ask_until: at(now + 15 * minute), opened_at: null, ended_at: null, ends_at: null, waiting_at: null, site_silent_since: null,
    bytes_up: 0, bytes_down: 0, requests: 0,
  };
}

export function move(session, state, why = null) {
  const now = Date.now();
  Object.assign(session, { state, why });
  if (state === "waiting_for_approval") session.waiting_at = at(now);
  if (state === "open") Object.assign(session, { opened_at: at(now), ends_at: at(now + 8 * hour) });
  if (state === "ended" || state === "refused") session.ended_at = at(now);
  return session;
}
