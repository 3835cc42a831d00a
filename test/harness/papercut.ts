/* papercut.ts - a simulated PaperCut server whose scenario a test may change while it runs. */
import { randomBytes } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "./connector.ts";
import { programs, tempDir } from "./place.ts";
import { Program } from "./program.ts";

export interface Scenario {
  profile?: string;
  key?: string;
  version?: string;
  database?: { status: string };
  disk_used_percent?: number;
  licence?: { valid: boolean; support_days: number };
  printers?: { name: string; status: string; held?: number }[];
  devices?: { name: string; type?: string; status: string }[];
}

export class PaperCut {
  private readonly file = join(tempDir(), "scenario.json");
  readonly key = randomBytes(16).toString("hex");
  private scenario: Scenario = {};
  program!: Program;
  url = "";

  static async start(scenario: Scenario = {}): Promise<PaperCut> {
    const p = new PaperCut();
    const ready = `${p.file}.ready`;
    p.change(scenario);
    p.program = Program.start(programs.sim, [
      ...["papercut", "--listen", "127.0.0.1:0", "--scenario", p.file, "--ready", ready],
      ...["--parent-pid", String(process.pid)],
    ]);
    p.url = (await p.program.ready(ready)).url;
    return p;
  }

  /** The members given replace those of before. */
  change(scenario: Scenario): void {
    this.scenario = { ...this.scenario, key: this.key, ...scenario };
    writeFileSync(`${this.file}.new`, JSON.stringify(this.scenario));
    renameSync(`${this.file}.new`, this.file);
  }

  get source(): Source {
    return {
      "source.kind": "papercut",
      "source.papercut.url": this.url,
      "source.papercut.key": this.key,
      "source.interval": "1s",
    };
  }
}
