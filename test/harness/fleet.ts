/* fleet.ts - made-up sites by the dozen: `imprimatur-sim fleet` at a running hub, `imprimatur-bench load` at a stopped one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Status } from "./api.ts";
import type { Hub, Provider } from "./hub.ts";
import { programs, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

/** Who lives how. */
export interface Life {
  customer: string;
  site: string;
  profile: string;
  status: Status;
  devices: number;
}

function planOf(file: string): Life[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((l) => JSON.parse(l) as Life);
}

export class Fleet {
  private readonly dir = tempDir();
  program!: Program;

  static start(hub: Hub, provider: Provider, sites: number, seed: number, more: string[] = []): Fleet {
    const f = new Fleet();
    f.program = Program.start(
      programs.sim,
      [
        ...["fleet", "--hub", hub.url, "--ca", hub.caFile, "--email", provider.email, "--sites", String(sites)],
        ...["--seed", String(seed), "--plan", f.planFile, "--ready", f.readyFile, "--parent-pid", String(process.pid), ...more],
      ],
      { input: `${provider.password}\n` },
    );
    return f;
  }

  private get planFile(): string {
    return join(this.dir, "plan");
  }

  private get readyFile(): string {
    return join(this.dir, "ready.json");
  }

  get plan(): Life[] {
    return planOf(this.planFile);
  }

  /** Each has enrolled and told what it has to tell: five a second at the most, as the hub takes codes. */
  async settled(): Promise<void> {
    await until(
      "the fleet has settled",
      () => {
        if (!this.program.running) throw new Error(`it has ended: ${this.program.stderr}`);
        return existsSync(this.readyFile);
      },
      90_000,
    );
  }
}

/** Fills the store of a hub that does not run. */
export async function load(hub: Hub, sites: number, seed: number, more: string[] = []): Promise<Life[]> {
  const plan = join(tempDir(), "plan");
  const r = await Program.run(programs.bench, [
    ...["load", "--config", hub.configFile, "--sites", String(sites), "--seed", String(seed), "--plan", plan, ...more],
  ]);
  if (r.code !== 0) throw new Error(`imprimatur-bench load: ${r.code}: ${r.stderr}`);
  return planOf(plan);
}
