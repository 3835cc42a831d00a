/* premises.ts - a customer's site for its visitors: a hub that opens sessions, a connector, and what the customer configured;
 * the print server's own pages are whatever answers at the address given. */
import { expect } from "vitest";
import type { Site } from "./api.ts";
import { Connector, offer, type Source } from "./connector.ts";
import { Hub, newSite, type Provider } from "./hub.ts";
import { SettingsPage } from "./settings.ts";
import { until } from "./until.ts";
import { openSession, SUFFIX, Visit } from "./visit.ts";

type Switch = "off" | "ask" | "on";

export class Premises {
  private constructor(
    readonly hub: Hub,
    readonly provider: Provider,
    readonly site: Site,
    readonly connector: Connector,
    readonly page: SettingsPage,
  ) {}

  /** `console`: a URL, or the options of a source; `inside`: words in front of the connector's commands; `options`: the hub's. */
  static async start(console: string | Source, inside: string[] = [], options: Record<string, string> = {}): Promise<Premises> {
    const hub = await Hub.start({ console_suffix: SUFFIX, ...options });
    const { provider, site } = await newSite(hub);
    const papercut = { "source.kind": "papercut", "source.papercut.url": String(console), "source.papercut.key": "a-key" };
    const connector = new Connector(hub);
    const { code } = await provider.api.invite(site);
    connector.inside = inside;
    const r = await connector.enroll(code, typeof console === "string" ? papercut : console, (await offer(hub, code)).agreement.sha256);
    expect([r.code, r.stderr]).toEqual([0, expect.anything()]);
    connector.run();
    return new Premises(hub, provider, site, connector, await SettingsPage.open(connector));
  }

  /** Turns a switch on the customer's page, and waits until the hub has heard of it. */
  async turn(which: "console" | "mfp", to: Switch): Promise<void> {
    await this.page.turn(which, to);
    await until("the hub knows", async () => (await this.provider.api.site(this.site.id)).permissions?.[which] === to);
  }

  /** Configures a device: its id. */
  async addDevice(name: string, address: string, more: Record<string, unknown> = {}): Promise<string> {
    const a = await this.page.call<{ items: { id: string; name: string }[] }>("POST", "/api/targets", {
      ...{ name, kind: "mfp", address, tls: "plain" },
      ...more,
    });
    expect([a.status, a.text]).toEqual([200, expect.anything()]);
    const { id } = a.body.items.find((t) => t.name === name)!;
    await until("the hub knows it", async () => (await this.targets()).some((t) => t.id === id));
    return id;
  }

  async targets(): Promise<{ id: string; name: string | null }[]> {
    return (await this.provider.api.raw<{ items: { id: string; name: string | null }[] }>("GET", `/api/v1/sites/${this.site.id}/targets`)).body.items;
  }

  visit(target = "console"): Promise<Visit> {
    return Visit.open(this.hub, this.provider, this.site, target);
  }

  /** A session and the address by which a browser comes in, good once. */
  async way(target = "console"): Promise<{ id: string; url: string }> {
    const { id } = await openSession(this.provider, this.site, target);
    return { id, url: (await this.provider.api.raw<{ url: string }>("POST", `/api/v1/sessions/${id}/url`)).body.url };
  }

  /** "End now" on the customer's page. */
  async end(session: string): Promise<void> {
    const a = await this.page.call("DELETE", `/api/sessions/${session}`);
    expect(a.status).toBe(200);
  }
}
