/* The hub behind a real load balancer that passes TLS through: R34 the site's true public address. */
import { request } from "node:https";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BALANCER, balancerMissing, balancers, startBalancer } from "../harness/balancer.ts";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { freePort } from "../harness/place.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** The hub's answer to somebody who dials it from this address, or why there is none. */
function ask(hub: Hub, port: string, from: string): Promise<string> {
  return new Promise((done) => {
    const { host } = new URL(hub.url);
    const r = request(
      { host: "localhost", port, path: "/healthz", localAddress: from, family: 4, headers: { host }, ca: readFileSync(hub.caFile), agent: false },
      (answer) => answer.resume().on("end", () => done(String(answer.statusCode))),
    );
    r.on("error", (e: NodeJS.ErrnoException) => done(e.code ?? e.message));
    r.end();
  });
}

for (const kind of balancers) {
  test(`R34 connector and browser through ${kind}, and the address shown is the site's own`, async (ctx) => {
    needs(ctx, balancerMissing(kind), browserMissing());
    const at = `127.0.0.1:${await freePort()}`;
    const hub = await Hub.start({ "listen.proxy_from": `192.0.2.0/24, ${BALANCER}` }, at);
    await startBalancer(kind, Number(new URL(hub.url).port), at);
    const papercut = await PaperCut.start();
    const { provider, site } = await newSite(hub);
    await Connector.forSite(hub, provider, site, papercut.source);
    await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
    expect((await provider.api.site(site.id)).public_ip).toBe("127.0.0.1");

    const page = await openPage(hub);
    await logIn(page, provider);
    await page.goto(`/sites/${site.id}?tab=connector`);
    await page.getByText("127.0.0.1", { exact: true }).first().waitFor();

    // Whoever comes without the balancer is served as well, but not from the balancer's address.
    expect(await ask(hub, at.split(":")[1]!, "127.0.0.1")).toBe("200");
    const before = hub.program.stderr;
    expect(await ask(hub, at.split(":")[1]!, BALANCER)).toMatch(/ECONNRESET|EPIPE|hang up/);
    await until("the log says why", () => /^level=warn at=\S+ event=proxy_header_bad why=invalid$/m.test(hub.program.stderr));
    // Its own checks and what it passes through are nothing to warn of.
    expect(before).not.toContain("proxy_header_bad");
  });
}

test("R34 nobody whose address was not named can say who he is", async (ctx) => {
  needs(ctx, balancerMissing("haproxy"));
  const at = `127.0.0.1:${await freePort()}`;
  const hub = await Hub.start({ "listen.proxy_from": "192.0.2.0/24" }, at);
  const { port } = new URL(hub.url);
  await startBalancer("haproxy", Number(port), at);
  expect(await ask(hub, at.split(":")[1]!, BALANCER)).toBe("200");
  expect(await ask(hub, port, "127.0.0.1")).toMatch(/ECONNRESET|EPIPE|EPROTO|hang up|socket disconnected/);
});
