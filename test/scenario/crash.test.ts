/* Power cuts: hub and connector are killed at random moments while reports flow.  What was acknowledged is held once, nothing
 * twice, and what was not acknowledged comes later.  CRASHES (default 200, nightly 1000) is the number of kills in all. */
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { chains, sqliteMissing } from "../harness/store.ts";
import { until } from "../harness/until.ts";
import { HandConnector, type MadeRecord } from "../harness/wire.ts";

const CRASHES = Number(process.env.CRASHES ?? 200);
const MINUTES_MS = 60_000;

/** The moment of a crash is random: this waits for no condition on purpose. */
function randomMoment(most_ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, Math.random() * most_ms));
}

/** Sends record after record, again and again until each is acknowledged; gives the highest number that was. */
class Sender {
  acked = 0;
  stopping = false;
  readonly done: Promise<void>;
  problem = "";

  constructor(readonly c: HandConnector) {
    this.done = this.loop();
  }

  private async loop(): Promise<void> {
    let waiting: MadeRecord[] = [];
    while (!this.stopping || waiting.length > 0) {
      if (!this.stopping && waiting.length < 16) waiting.push(this.c.next({ at: new Date().toISOString() }));
      try {
        const a = await this.c.report(...waiting);
        if (a.status === 200) {
          const first = this.c.seq - waiting.length + 1;
          this.acked = Math.max(this.acked, a.body.acked);
          waiting = waiting.slice(Math.max(0, a.body.acked - first + 1));
        } else if (a.status < 500 && a.status !== 429 && a.body?.code !== "clock") {
          this.problem = `${a.status} ${a.text}`;
          return;
        }
      } catch {
        await randomMoment(50); // the hub is down
      }
    }
  }
}

async function enrolledByHand(hub: Hub, provider: Provider, name: string): Promise<HandConnector> {
  const site = await provider.api.makeSite(await provider.api.makeCustomer(name), name);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  return c;
}

test(
  "R6 a hub that is killed while many report has each acknowledged report once and none twice",
  async (ctx) => {
    needs(ctx, sqliteMissing());
    const hub = await Hub.start();
    const provider = await hub.provider();
    const senders: Sender[] = [];
    for (let i = 0; i < 4; i++) senders.push(new Sender(await enrolledByHand(hub, provider, `Site ${i}`)));
    for (let i = 0; i < CRASHES / 2; i++) {
      await randomMoment(300);
      await hub.program.kill9();
      await hub.serve();
    }
    senders.forEach((s) => (s.stopping = true));
    await Promise.all(senders.map((s) => s.done));
    await hub.program.stop();
    expect(senders.map((s) => s.problem)).toEqual(senders.map(() => ""));
    const held = await chains(hub);
    expect(held).toHaveLength(senders.length);
    for (const s of senders) {
      expect(s.acked).toBe(s.c.seq);
      expect(held.find((h) => h.epoch === s.c.epoch.toString("hex"))?.count).toBe(s.c.seq);
    }
    expect(Math.min(...senders.map((s) => s.acked))).toBeGreaterThan(CRASHES / 4);
  },
  CRASHES * 3000,
);

test(
  "R6 hub and connector killed in turn: all reports arrive, in one chain, without a fork",
  async (ctx) => {
    needs(ctx, sqliteMissing());
    const hub = await Hub.start();
    const papercut = await PaperCut.start();
    const { provider, site } = await newSite(hub);
    const c = await Connector.forSite(hub, provider, site, papercut.source);
    for (let i = 0; i < CRASHES / 2; i++) {
      papercut.change({ disk_used_percent: 10 + (i % 80) }); // each reading differs, so each is a report
      await randomMoment(1500);
      if (Math.random() < 0.5) {
        await c.program!.kill9();
        c.run();
      } else {
        await hub.program.kill9();
        await hub.serve();
      }
    }
    papercut.change({ disk_used_percent: 99 });
    const last = () => provider.api.series(site.id, "name=disk_used_percent").then((s) => s.points.at(-1)?.[1]);
    await until("the last value is there", async () => (await last()) === 99, MINUTES_MS);
    await until("nothing waits", async () => (await provider.api.site(site.id)).connector?.spooled === 0, MINUTES_MS);
    expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
    await c.program!.stop();
    await hub.program.stop();
    const held = await chains(hub);
    expect(held).toHaveLength(1);
    expect(held[0]!.count).toBeGreaterThan(CRASHES / 20);
  },
  CRASHES * 4500,
);
