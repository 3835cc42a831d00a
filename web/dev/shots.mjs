// node dev/shots.mjs [--out DIR] [--only TEXT]
//
// The dashboard's screens (shoot.mjs) with 0, 3 and 10,000 sites, from the mock.  Needs a built dist/.
import { startMock } from "./mock.mjs";
import { shoot } from "./shoot.mjs";

const first = "a[href^='/sites/site_']:not([href*='open='])";
const site = async (page, n, search = "") => {
  await page.goto("/sites");
  const href = await page.locator(first).nth(n).getAttribute("href");
  await page.goto(href.split("?")[0] + search);
  await page.locator("h1").waitFor();
};

/* The second site of the list, where all allow what `permissions` says, and something asked for there. */
const asking = async (page, permissions, search = "?open=console") => {
  for (const s of mock.sites()) Object.assign(s.permissions ?? {}, permissions);
  await site(page, 1, search);
};
const sent = async (page, reason, until, permissions = { console: "ask", mfp: "ask" }) => {
  await asking(page, permissions);
  await page.locator("[name=reason]").fill(reason);
  await page.keyboard.press("Enter");
  await page.locator(`[data-state=${until}]`).waitFor();
};

const whys = [
  "ceiling", "copied", "customer", "failed", "idle", "login_ended", "no_target", "not_allowed", "offline", "restarted", "revoked",
  "switched_off", "technician", "too_many", "unanswered",
];

/* Each why of both ends, and an open session whose site is silent: no word of a state is cut. */
const everyWhy = async (page) => {
  mock.setSessions(2 * whys.length + 2);
  const [silent, no, ...over] = mock.sessions();
  const opened_at = new Date(Date.now() - 4_000_000).toISOString();
  const open = { state: "open", why: null, ended_at: null, opened_at };
  Object.assign(silent, open, { site_silent_since: new Date(Date.now() - 14 * 60_000).toISOString() });
  Object.assign(no, open, { more_refused: { at: new Date(Date.now() - 65_000).toISOString(), why: "customer" } });
  over.forEach((s, n) => Object.assign(s, { state: n % 2 ? "refused" : "ended", why: whys[n >> 1] }));
  await page.goto("/sessions");
  await page.locator(first).first().waitFor();
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll("tbody td:first-child, tbody td:first-child *")]
      .filter((e) => e.scrollWidth > e.clientWidth && e.clientWidth > 0)
      .map((e) => e.textContent));
  if (cut.length) throw new Error(`cut: ${cut.join(", ")}`);
};

/* name: [sites, go]; each is taken in every language, scheme and size. */
const screens = {
  login: [3, (page) => page.goto("/login"), { out: true }],
  "login-refused": [3, async (page) => {
    await page.goto("/login?to=/sites&ended=1");
    await page.locator("[name=email]").fill("m.keller@acme-print.example");
    await page.locator("[name=password]").fill("often");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]").waitFor();
  }, { out: true }],
  "sites-0": [0, (page) => page.goto("/sites")],
  "sites-3": [3, (page) => page.goto("/sites")],
  "sites-10000": [10_000, async (page) => {
    await page.goto("/sites");
    await page.locator(first).first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
  }],
  "sites-filtered": [10_000, (page) => page.goto("/sites?status=error,offline&sort=-last_seen")],
  "sites-no-match": [3, (page) => page.goto("/sites?query=nothing+like+this")],
  "sites-failed": [3, (page) => page.goto("/sites?query=fail"), { settle: 4500 }],
  "site-error": [7, (page) => site(page, 0, "?why=unreachable.database")],
  "site-warning-table": [7, (page) => site(page, 1, "?view=table&period=7d")],
  "site-devices": [7, (page) => site(page, 1, "?tab=devices")],
  "site-infrastructure": [7, (page) => site(page, 1, "?tab=infrastructure")],
  "site-licence": [7, (page) => site(page, 1, "?tab=licence")],
  "site-licence-unknown": [7, (page) => site(page, 0, "?tab=licence")],
  "site-usage": [7, (page) => site(page, 1, "?tab=usage")],
  "site-usage-off": [7, (page) => site(page, 5, "?tab=usage")],
  "site-copied": [7, async (page) => {
    await site(page, 1, "?tab=connector");
    await page.locator("[role=status] + button").click();
    await page.locator("dialog[open]").waitFor();
  }],
  rules: [3, (page) => page.goto("/rules")],
  "rules-open": [3, (page) => page.goto("/rules?rule=silent")],
  "site-rules": [7, (page) => site(page, 1, "?tab=rules&rule=disk_low")],
  "site-why": [7, (page) => site(page, 1, "?why=some_in_error.printers")],
  "site-connector": [7, (page) => site(page, 1, "?tab=connector")],
  "site-offline": [7, (page) => site(page, 2)],
  "site-never": [7, (page) => site(page, 3, "?tab=connector")],
  "site-off": [7, (page) => site(page, 5)],
  "site-ask": [7, async (page) => {
    await asking(page, { console: "ask", mfp: "on" });
    await page.evaluate(() => localStorage.setItem("imprimatur.reasons", JSON.stringify(["Toner report fails since Monday, ticket 4711", "Monthly check"])));
    await page.reload();
    await page.locator("[name=reason]").fill("Add the new Ricoh on the 2nd floor");
  }],
  "site-ask-on": [7, (page) => asking(page, { console: "on", mfp: "on" })],
  "site-ask-device": [7, (page) => asking(page, { console: "ask", mfp: "ask" }, "?open=device&tab=devices")],
  "site-ask-off": [7, (page) => asking(page, { console: "off", mfp: "off" })],
  "site-ask-offline": [7, (page) => site(page, 2, "?open=console")],
  "site-ask-no-hub": [7, async (page) => {
    mock.setOpens(false);
    await asking(page, { console: "ask", mfp: "off" });
    await page.locator("[data-why=sessions_off]").first().waitFor();
    mock.setOpens(true);
  }],
  "site-ask-refused": [7, async (page) => {
    await asking(page, { console: "ask" });
    await page.locator("[name=reason]").fill("fail");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]").waitFor();
  }],
  "site-session-asked": [7, (page) => sent(page, "stay", "requested")],
  "site-session-waiting": [7, (page) => sent(page, "Toner report fails since Monday, ticket 4711", "waiting_for_approval")],
  "site-session-open": [7, async (page) => {
    await sent(page, "Toner report fails since Monday, ticket 4711", "waiting_for_approval");
    const session = mock.sessions()[0];
    mock.go(session, "open");
    Object.assign(session, { bytes_down: 2_104_222, bytes_up: 14_100, requests: 61 });
    await page.locator("[data-state=open]").waitFor();
  }],
  "site-session-silent": [7, async (page) => {
    await sent(page, "open", "open");
    mock.sessions()[0].site_silent_since = new Date(Date.now() - 200_000).toISOString();
    await page.reload();
    await page.locator("[data-state=open]").waitFor();
  }],
  "site-session-soon": [7, async (page) => {
    await sent(page, "open", "open");
    mock.sessions()[0].ends_at = new Date(Date.now() + 200_000).toISOString();
    await page.reload();
    await page.locator("[data-state=open]").waitFor();
  }],
  "site-session-no-more": [7, async (page) => {
    await sent(page, "open", "open");
    mock.sessions()[0].more_refused = { at: new Date(Date.now() - 65_000).toISOString(), why: "customer" };
    await page.reload();
    await page.locator("[data-state=open]").waitFor();
  }],
  "site-session-refused": [7, (page) => sent(page, "no", "refused")],
  "site-session-cut": [7, async (page) => {
    await sent(page, "open", "open");
    mock.go(mock.sessions()[0], "ended", "customer");
    await page.locator("[data-state=ended]").waitFor();
  }],
  "site-session-others": [7, async (page) => {
    await site(page, 1);
    mock.setSessions(3);
    const [a, b] = mock.sessions();
    const here = { site: { id: page.url().split("/").pop(), name: "" }, ended_at: null, why: null };
    Object.assign(a, here, { state: "open", opened_at: a.created_at });
    Object.assign(b, here, { state: "waiting_for_approval" });
    await page.reload();
  }],
  "site-sessions": [7, async (page) => {
    mock.setSessions(40);
    await site(page, 1, "?tab=sessions");
    await page.locator("[data-index] a").first().waitFor();
  }],
  "site-sessions-0": [7, (page) => site(page, 1, "?tab=sessions")],
  "sessions-0": [3, (page) => page.goto("/sessions")],
  "sessions-3": [7, async (page) => {
    mock.setSessions(3);
    await page.goto("/sessions");
    await page.locator("[data-index] a").first().waitFor();
  }],
  "sessions-2000": [10_000, async (page) => {
    mock.setSessions(2000);
    Object.assign(mock.sessions()[0], { state: "open", why: null, ended_at: null, opened_at: mock.sessions()[0].created_at });
    Object.assign(mock.sessions()[1], { state: "waiting_for_approval", why: null, ended_at: null, opened_at: null });
    await page.goto("/sessions");
    await page.locator(first).first().waitFor();
    await page.keyboard.press("j");
  }],
  "sessions-whys": [7, everyWhy],
  "sessions-no-match": [7, (page) => page.goto("/sessions?state=open")],
  "session-entering": [7, async (page) => {
    await sent(page, "Toner report fails since Monday, ticket 4711", "waiting_for_approval");
    await page.goto(`/sessions/${mock.sessions()[0].id}/enter`);
    await page.locator("h1").waitFor();
  }],
  "site-not-found": [3, (page) => page.goto("/sites/site_00000000000000000000000000")],
  "not-found": [3, (page) => page.goto("/nowhere")],
  menu: [3, async (page) => {
    await page.goto("/sites");
    await page.locator("header [aria-haspopup=menu]").click();
    await page.locator("[role=menu]").waitFor();
  }],
  help: [3, async (page) => {
    await page.goto("/sites");
    await page.locator(first).first().waitFor();
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
  }],
};

const mock = await startMock({ count: 3 });
await shoot(screens, {
  folder: "shots",
  url: mock.url,
  expected: /status of (401|404|429|502|503)/,
  speak: (language) => mock.setLanguage(language),
  go: async (page, [count, go, options = {}]) => {
    mock.setSites(count);
    mock.setSessions(0);
    if (!options.out) await page.request.post("/api/v1/logins", { data: { password: "x" } });
    await go(page);
    await page.waitForTimeout(options.settle ?? 700);
  },
});
mock.close();
