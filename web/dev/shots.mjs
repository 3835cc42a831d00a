// node dev/shots.mjs [--out DIR] [--only TEXT]
//
// The dashboard's screens (shoot.mjs) with 0, 3 and 10,000 sites, from the mock.  Needs a built dist/.
import { startMock } from "./mock.mjs";
import { shoot } from "./shoot.mjs";

const first = "a[href^='/sites/site_']";
const site = async (page, n, search = "") => {
  await page.goto("/sites");
  const href = await page.locator(first).nth(n).getAttribute("href");
  await page.goto(href + search);
  await page.locator("h1").waitFor();
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
  expected: /status of (401|404|429|503)/,
  speak: (language) => mock.setLanguage(language),
  go: async (page, [count, go, options = {}]) => {
    mock.setSites(count);
    if (!options.out) await page.request.post("/api/v1/logins", { data: { password: "x" } });
    await go(page);
    await page.waitForTimeout(options.settle ?? 700);
  },
});
mock.close();
