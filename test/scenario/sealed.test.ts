/* What lies on the hub's disk. */
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { forms } from "../harness/search.ts";
import { until } from "../harness/until.ts";

test("R75 database, its log, and all other files of the hub hold no customer's text in clear", async () => {
  const marks = {
    provider: "PROVIDERMARK-7f3a",
    customer: "CUSTOMERMARK-91bc",
    site: "SITEMARK-42d0-ab",
    printer: "PRINTERMARK-5e11",
    device: "DEVICEMARK-c0de",
    version: "77.7.7777",
    note: "NOTEMARK-3ab9",
  };
  const hub = await Hub.start();
  const papercut = await PaperCut.start({
    version: `${marks.version} (Build 1)`,
    printers: [{ name: `srv\\${marks.printer}`, status: "OK" }],
    devices: [{ name: marks.device, type: "Ricoh", status: "OK" }],
  });
  const provider = await hub.provider(marks.provider);
  const customer = await provider.api.makeCustomer(marks.customer);
  const site = await provider.api.makeSite(customer, marks.site);
  await Connector.forSite(hub, provider, site, papercut.source);
  await until("both devices are there", async () => (await provider.api.devices(site.id)).total >= 2);
  expect((await provider.api.sites(`?query=${marks.customer}`)).total).toBe(1);
  for (const whose of [`sites/${site.id}`, `customers/${customer.id}`])
    expect((await provider.api.raw("PUT", `/api/v1/${whose}/note`, { text: marks.note, revision: 0 })).status).toBe(200);
  expect((await provider.api.sites(`?query=${marks.note}`)).total).toBe(1);

  const look = () => {
    const files = hub.files();
    expect(files.size).toBeGreaterThan(2);
    for (const [name, octets] of files)
      for (const [what, mark] of Object.entries(marks))
        for (const form of forms(mark)) if (octets.includes(form)) throw new Error(`${what} lies in ${name}`);
    for (const mark of [...Object.values(marks), provider.email]) expect(hub.program.stderr).not.toContain(mark);
  };
  look();
  await hub.program.kill9(); // the write-ahead log stays as it is
  look();
  await hub.serve();
  await until("it is all there", async () => (await provider.api.sites(`?query=${marks.site}`)).total === 1);
});
