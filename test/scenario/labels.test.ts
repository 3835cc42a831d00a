/** A connector that has been taken over tells what it likes, in every text that a report or an enrolment has room for: the hub
 * takes it or refuses it by name, nothing of it runs, breaks out of its place, or reads as something else. */
import { expect, onTestFinished, test } from "vitest";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { offer } from "../harness/connector.ts";
import type { Problem } from "../harness/http.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { programs } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { HandConnector, makeRecord } from "../harness/wire.ts";

/** As they stand in JSON, between the quotes. */
const TEXTS: Record<string, string> = {
  script: "<script>pwned=1</script>",
  image: "<img src=x onerror=pwned=1>",
  "an attribute's end": "\\\"'><svg/onload=pwned=1>",
  "a script's address": "javascript:pwned=1",
  template: "{{constructor.constructor('pwned=1')()}}${pwned=1}",
  "terminal escapes": "\\u001b]0;pwned\\u0007\\u001b[2J\\u001b[31m",
  "C1 controls": "\\u009b31m\\u0085pwned",
  "another line of log": "x\\r\\nlevel=error at=now event=pwned",
  "a metric": 'x\\"} 1\\nimprimatur_hub_pwned_total 1\\n',
  NUL: "a\\u0000pwned",
  "half a pair": "a\\ud800pwned",
  "the other half": "a\\udc00pwned",
  "reading direction": "\\u202egnp.exe\\u2066\\u2067abc\\u2069",
  "nothing to be seen": "\\u200b\\u200d\\ufeff\\u2060",
  "line and paragraph": "a\\u2028b\\u2029c",
  homoglyphs: "\\u041e\\u041a \\u2713 all healthy",
  formula: "=cmd|'/c calc'!A0",
  format: "%s%n%9999999d",
  path: "../../../../etc/passwd",
  "1 MB": "x".repeat(1_000_000),
};

/** Controls of both kinds, separators, and what is not seen or turns the reading direction. */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Of a log. */
const ONE_LINE = /^level=\w+ at=\S+ event=\w+( |$)/;

const DEVICE = "a".repeat(26);

/** A report with that text in one place of those that have room for one. */
const PLACES: Record<string, (text: string) => string> = {
  "a device's label": (text) => `"devices":{"complete":true,"total":1,"in_error":0,"items":[{"id":"${DEVICE}","label":"${text}","state":"idle","reasons":[],"accepting_jobs":true}],"gone":[]}`,
  "a device's id": (text) => `"devices":{"complete":false,"total":1,"in_error":0,"items":[{"id":"${text}","label":"x","state":"idle","reasons":[],"accepting_jobs":true}],"gone":[]}`,
  "who is gone": (text) => `"devices":{"complete":false,"total":1,"in_error":0,"items":[],"gone":["${text}"]}`,
  "a reason": (text) => `"devices":{"complete":false,"total":1,"in_error":0,"items":[{"id":"${DEVICE}","label":"y","state":"idle","reasons":["${text}"],"accepting_jobs":true}],"gone":[]}`,
  "the server's version": (text) => `"server":{"product":"PaperCut MF","version":"${text}","edition":"MF","os":"Windows"}`,
  "the server's version, behind numbers": (text) => `"server":{"product":"PaperCut MF","version":"22.0.4 ${text}","edition":"MF","os":"Windows"}`,
  product: (text) => `"server":{"product":"${text}","version":"22.0.4"}`,
  organisation: (text) => `"licence":{"valid":true,"origin":"server","organisation":{"value":"${text}","origin":"customer"}}`,
  "customer's reference": (text) => `"licence":{"valid":true,"origin":"server","customer_reference":{"value":"${text}","origin":"customer"}}`,
  feature: (text) => `"usage":{"features":["${text}"],"held_jobs":1,"periods":[],"days":[]}`,
  "a member of its own": (text) => `"${text}":"${text}"`,
};

/** Every text in an answer. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? [...Object.keys(value), ...Object.values(value).flatMap(texts)] : [];
}

async function tell(c: HandConnector, sections: string, version = "0.1.0"): Promise<number> {
  const at = new Date().toISOString();
  const data = Buffer.from(`{"schema":2,"at":"${at}","source":"papercut",${sections},"connector":{"version":"${version}","os":"linux","spooled":0}}`);
  const r = makeRecord({ epoch: c.epoch, seq: c.seq + 1, prev: c.prev, data });
  const a = await c.report(r);
  if (a.status === 200) {
    c.seq++;
    c.prev = r.digest;
  }
  return a.status;
}

test("R48 whatever text a connector tells, in any place, runs nowhere and stays in its place", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0" });
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  const stream = provider.api.http.events("/api/v1/changes");
  onTestFinished(() => stream.stop());
  await until("the stream is open", () => stream.status === 200);
  const odd: string[] = [];
  for (const [place, report] of Object.entries(PLACES))
    for (const [what, text] of Object.entries(TEXTS)) {
      const status = await tell(c, report(text));
      if (status !== 200 && !(what === "1 MB" && [400, 413].includes(status))) odd.push(`${what} as ${place}: ${status}`);
      const told = await provider.api.raw("GET", `/api/v1/sites/${site.id}`);
      const devices = await provider.api.raw("GET", `/api/v1/sites/${site.id}/devices`);
      for (const t of [...texts(told.body), ...texts(devices.body)]) if (UNSEEN.test(t)) odd.push(`${what} as ${place}: ${JSON.stringify(t)}`);
    }
  expect(await tell(c, PLACES["a device's label"]!("fine"), TEXTS["terminal escapes"])).toBe(200);
  // What is shown last, on every tab and in the history: one device a text.
  const items = Object.values(TEXTS)
    .filter((t) => t.length < 100)
    .map((t, i) => `{"id":"${String(i).padStart(26, "0")}","label":"${t.slice(0, 60)}","state":"idle","reasons":[],"accepting_jobs":true}`);
  for (const item of items) await tell(c, `"devices":{"complete":false,"total":1,"in_error":0,"items":[${item}],"gone":[]}`);
  for (const what of ["script", "image", "an attribute's end"]) {
    expect(await tell(c, PLACES.organisation!(TEXTS[what]!))).toBe(200);
    expect(await tell(c, PLACES["customer's reference"]!(TEXTS[what]!))).toBe(200);
  }
  // What is searched is text, too, and what is told by the stream holds none of it.
  for (const [what, text] of Object.entries(TEXTS)) {
    const query = (JSON.parse(`"${text}"`) as string).slice(0, 60).replace(/[\ud800-\udfff]/g, "");
    for (const list of ["sites", "customers"]) {
      const found = await provider.api.raw("GET", `/api/v1/${list}?query=${encodeURIComponent(query)}`);
      if (![200, 400].includes(found.status)) odd.push(`${what} looked for in ${list}: ${found.status}`);
      for (const t of texts(found.body)) if (UNSEEN.test(t)) odd.push(`${what} found in ${list}: ${JSON.stringify(t)}`);
    }
  }
  await until("the stream has told something", () => stream.events.some((e) => e.data.includes("site_told") || e.data.includes("site_status")));
  for (const e of stream.events) if (UNSEEN.test(e.data) || e.data.includes("pwned") || e.event.includes("pwned")) odd.push(`told by the stream: ${e.data}`);
  expect(odd).toEqual([]);

  const page = await openPage(hub); // it fails on any error of the console: what the page's policy forbids is one
  await logIn(page, provider);
  const text = () => page.locator("main").innerText();
  await page.goto(`/sites/${site.id}?tab=devices`);
  await until("a label is there, as text", async () => /<script>pwned=1/.test(await text()));
  await page.goto(`/sites/${site.id}?tab=licence`);
  await until("who states the licence is there, as text", async () => (await text()).includes("<svg/onload=pwned=1>"));
  await page.goto(`/sites/${site.id}?tab=changes`);
  await until("what changed is there", () => page.locator("main ol, main table").last().locator("li, tr").nth(1).isVisible());
  for (const tab of ["health", "infrastructure", "usage", "note", "connector", "rules"]) {
    await page.goto(`/sites/${site.id}?tab=${tab}`);
    await page.locator(`main [aria-current], main [aria-selected=true]`).first().waitFor();
    await page.waitForLoadState("networkidle");
  }
  expect(await page.evaluate("typeof pwned")).toBe("undefined");

  const metrics = await (await fetch(`${hub.ready.admin}/metrics`)).text();
  for (const line of metrics.trimEnd().split("\n")) expect(line).toMatch(/^(# (HELP|TYPE) imprimatur_\w+ .*|imprimatur_\w+(\{\w+="\w*"(,\w+="[\w.+]*")*\})? \S+)$/);
  expect(metrics).not.toContain("pwned");
  const said = await Promise.all([["doctor"], ["verify"]].map((words) => Program.run(programs.hub, [...words, "--config", hub.configFile])));
  for (const r of [...said.map((r) => r.stdout + r.stderr), hub.program.stderr])
    for (const line of r.split("\n")) expect(line).not.toMatch(UNSEEN);
  for (const line of hub.program.stderr.trimEnd().split("\n")) expect(line).toMatch(ONE_LINE);
  expect(hub.program.stderr).not.toContain("pwned");
}, 120_000);

test("R48 an enrolment with such a text in its version is refused, or keeps no more of it than the numbers", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const { version, sha256, language } = (await offer(hub, code)).agreement;
  const c = new HandConnector(hub);
  const enroll = (told: string) => {
    const consent = JSON.stringify({ version, sha256, language, accepted_at: new Date().toISOString() });
    const body = `{"code":"${code}","public_key":"${c.identity.publicKey}","agreement":${consent},"connector_version":"${told}","os":"linux"}`;
    return c.send<Problem>(c.identity.sign(hub.url, "POST", "/c/v1/enroll", Buffer.from(body)));
  };
  for (const what of ["script", "terminal escapes", "NUL", "half a pair", "reading direction", "homoglyphs", "1 MB"]) {
    const a = await enroll(TEXTS[what]!);
    expect([what, a.status]).toEqual([what, expect.toBeOneOf([400, 413])]);
  }
  expect((await enroll("0.1.0 <script>\\u202e\\u001b[31m")).status).toBe(200);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ version: "0.1.0" });
  for (const line of hub.program.stderr.trimEnd().split("\n")) expect(line).toMatch(ONE_LINE);
});
