/** Print volumes: sums only, by device only if the customer wants it. */
import { expect, test } from "vitest";
import { aDayLater, Connector, type Source } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { until } from "../harness/until.ts";

const TOKEN = "sim-token-0123456789";
const READ_METHODS = ["api.getPrinterProperties", "api.listPrinters"];

const printers = (a: number, b: number) => [
  { name: "prn01\\A", id: 1203, pages: 1000 + 10 * a, jobs: 100 + a },
  { name: "prn01\\B", id: 1204, pages: 50 + 3 * b, jobs: 10 + b },
];

async function world(more: Source = {}) {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ printers: printers(0, 0), devices: [], xmlrpc: { tokens: [TOKEN] } });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, ...more });
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  return { papercut, provider, site, c };
}

const rpcCalls = (p: PaperCut) => p.calls.filter((call) => call.path.startsWith("/rpc"));

test("R32 R46 pages by device and day are differences of totals; devices below the floor are not told apart", async () => {
  const { papercut, provider, site, c } = await world({
    "source.papercut.xmlrpc": "yes",
    "source.papercut.token": TOKEN,
  });
  await until("the totals are noted", () => {
    try {
      return (JSON.parse(c.read("counters.json")) as { devices: unknown[] }).devices.length === 2;
    } catch {
      return false;
    }
  });
  expect(c.read("counters.json")).not.toMatch(/prn01|"A"/);
  await aDayLater(c);
  papercut.change({ printers: printers(50, 2) });
  c.run();
  const devices = await until("the day is told", async () => {
    const page = await provider.api.devices(site.id);
    return page.items.some((d) => d.usage) && page.items;
  });
  expect(devices.find((d) => d.label === "A")!.usage).toMatchObject({ pages: 500, jobs: 50 });
  expect(devices.find((d) => d.label === "B")!.usage).toBeNull();
  expect((await provider.api.site(site.id)).usage!.day).toMatchObject({ pages: 500, jobs: 50 });

  const methods = rpcCalls(papercut).map((call) => /<methodName>(.*)<\/methodName>/.exec(call.body)![1]!);
  expect([...new Set(methods)].sort()).toEqual(READ_METHODS);
  for (const secret of [TOKEN, papercut.key]) {
    expect(c.program!.stderr).not.toContain(secret);
    expect(JSON.stringify(papercut.calls.map((call) => call.path + call.query))).not.toContain(secret);
  }
});

test("R32 without the customer's word the XML-RPC interface is never called", async () => {
  const { papercut, provider, site, c } = await world({ "source.papercut.token": TOKEN });
  await until("it has read again", () => papercut.calls.filter((call) => call.path === "/api/health").length > 2);
  expect(rpcCalls(papercut)).toEqual([]);
  expect((await provider.api.site(site.id)).usage!.day).toBeNull();
  expect(c.read("connector.conf")).toContain(TOKEN);
});

test("a token that is refused leaves health as it is", async () => {
  const { papercut, provider, site, c } = await world({
    "source.papercut.xmlrpc": "yes",
    "source.papercut.token": "wrong",
  });
  await until("the token was tried", () => rpcCalls(papercut).length > 0);
  await until("that is in the log", () => c.program!.stderr.includes("part=xmlrpc state=key_refused"));
  expect((await provider.api.site(site.id)).status).toBe("ok");
  expect(rpcCalls(papercut).length).toBe(1);
});
