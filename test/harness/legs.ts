/* legs.ts - all legs of a visit, each machine in a network namespace: the technician (this machine) and the hub on the one
 * network; on the other, which has no way out, the site's connector and a device.  A squid stands at both. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Site } from "./api.ts";
import { Connector, offer } from "./connector.ts";
import { Hub, newSite, type Provider } from "./hub.ts";
import { Host, Network, networksMissing } from "./networks.ts";
import { PaperCut } from "./papercut.ts";
import { root, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { SettingsPage } from "./settings.ts";
import { Squid } from "./squid.ts";
import { until } from "./until.ts";
import { SUFFIX } from "./visit.ts";

export const HUB = "hub.example.test";

export const legsMissing = (): string => [Squid.missing, networksMissing()].filter(Boolean).join("; ");

export interface Device {
  id?: string;
  name: string;
  kind?: "mfp" | "print_service";
  address: string;
  tls: "plain" | "pinned" | "verify";
  certificate?: string;
  old_tls?: boolean;
  whole_bodies?: boolean;
}

export interface Target {
  id: string;
  name: string;
}

/** What is between squid and hub, by tools/delay-line: both ways so late, and so many of a thousand pieces later still. */
export interface Line {
  ms: number;
  loss?: number;
}

export class Legs {
  readonly outside = Network.outside();
  readonly lan = new Network("192.168.77");
  readonly hubHost = new Host();
  readonly edge = new Host();
  readonly siteHost = new Host();
  readonly deviceHost = new Host();
  line?: Program;
  hub!: Hub;
  squid!: Squid;
  papercut!: PaperCut;
  provider!: Provider;
  site!: Site;
  connector!: Connector;
  page!: SettingsPage;

  /** The device's addresses: the second is another device's. */
  get device(): string {
    return this.lan.at(20);
  }
  get otherDevice(): string {
    return this.lan.at(21);
  }
  get siteAddress(): string {
    return this.lan.at(10);
  }

  static async start(line?: Line): Promise<Legs> {
    const legs = new Legs();
    legs.outside.joinUs(1);
    const hubAt = legs.outside.join(legs.hubHost, 10, 11);
    legs.outside.join(legs.edge, 20);
    legs.lan.join(legs.edge, 1);
    legs.lan.join(legs.siteHost, 10);
    legs.lan.join(legs.deviceHost, 20, 21);
    legs.hub = await Hub.start({ name: HUB, console_suffix: SUFFIX }, `${hubAt}:443`, legs.hubHost.inside);
    if (line) await legs.lengthen(line);
    await legs.startSquid(line ? legs.outside.at(11) : hubAt);
    await legs.connect();
    return legs;
  }

  /** Where squid finds the hub, in front of the hub. */
  private async lengthen({ ms, loss = 0 }: Line): Promise<void> {
    const ready = join(tempDir(), "ready.json");
    const [at, to] = [`${this.outside.at(11)}:443`, `${this.outside.at(10)}:443`];
    const args = ["--listen", at, "--to", to, "--ms", String(ms), "--loss", String(loss), "--ready", ready];
    this.line = Program.start(join(root, "tools/delay-line"), args, { inside: this.hubHost.inside });
    await this.line.ready(ready);
  }

  private async startSquid(hubAt: string): Promise<void> {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    writeFileSync(join(dir, "hosts"), `${hubAt} ${HUB}\n`, { mode: 0o644 });
    const lines = [`hosts_file ${join(dir, "hosts")}`];
    this.squid = await Squid.start({ inside: this.edge.inside, address: this.lan.at(1), lines });
  }

  private async connect(): Promise<void> {
    const { hub } = this;
    this.papercut = await PaperCut.start({}, { inside: this.siteHost.inside });
    ({ provider: this.provider, site: this.site } = await newSite(hub));
    this.connector = new Connector(hub);
    this.connector.inside = this.siteHost.inside;
    const { code } = await this.provider.api.invite(this.site);
    const source = { ...this.papercut.source, "proxy.url": this.squid.url };
    const r = await this.connector.enroll(code, source, (await offer(hub, code)).agreement.sha256);
    if (r.code !== 0) throw new Error(`enroll: ${r.code}: ${r.stderr}`);
    this.connector.run();
    this.page = await SettingsPage.open(this.connector, this.siteHost);
  }

  /** Turns the switch at the site, and waits until the hub has heard of it. */
  async allow(state: "off" | "ask" | "on", which: "mfp" | "console" = "mfp"): Promise<void> {
    await this.page.turn(which, state);
    await until("the hub knows the switch", async () => (await this.provider.api.site(this.site.id)).permissions?.[which] === state);
  }

  /** The customer's button. */
  async endNow(session: string): Promise<void> {
    const a = await this.page.call("DELETE", `/api/sessions/${session}`);
    if (a.status !== 200) throw new Error(`end: ${a.status} ${a.text}`);
  }

  /** As the customer does on the page: looks at its certificate where it has one, then adds or changes it. */
  async configure(device: Device): Promise<Target> {
    const one = { kind: "mfp", ...device };
    if (one.tls === "pinned" && !one.certificate) {
      const sight = await this.page.call<{ certificate?: string }>("POST", "/api/targets/look", { address: one.address, old_tls: one.old_tls });
      if (!sight.body.certificate) throw new Error(`look: ${sight.status} ${sight.text}`);
      one.certificate = sight.body.certificate;
    }
    const a = await this.page.call<{ items: Target[] }>("POST", "/api/targets", one);
    if (a.status !== 200) throw new Error(`targets: ${a.status} ${a.text}`);
    const target = a.body.items.find((t) => t.name === one.name)!;
    await until("the hub shows it", async () => (await this.targets()).some((t) => t.id === target.id && t.name === one.name));
    return target;
  }

  async targets(): Promise<Target[]> {
    return (await this.provider.api.raw<{ items: Target[] }>("GET", `/api/v1/sites/${this.site.id}/targets`)).body.items;
  }
}
