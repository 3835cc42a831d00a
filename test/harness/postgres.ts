/* postgres.ts - a private PostgreSQL 15 on a Unix socket in a temporary folder; nothing listens on the network. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { installed, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const BIN = "/usr/lib/postgresql/15/bin";

export function postgresMissing(): string {
  return installed(join(BIN, "initdb")) ? "" : "not installed: postgresql-15";
}

export class Postgres {
  readonly dir = tempDir();
  program!: Program;

  static async start(): Promise<Postgres> {
    const p = new Postgres();
    const data = join(p.dir, "data");
    const as = p.unprivileged();
    const init = [join(BIN, "initdb"), "-D", data, "-U", "imprimatur", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"];
    const r = await Program.run(...command([...as, ...init]));
    if (r.code !== 0) throw new Error(`initdb: ${r.stderr}`);
    p.program = Program.start(
      ...command([...as, "setpriv", "--pdeathsig", "INT", join(BIN, "postgres"), "-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "fsync=off"]),
      { foreign: true },
    );
    await until("PostgreSQL answers", async () => (await Program.run(join(BIN, "pg_isready"), ["-h", p.dir])).code === 0);
    return p;
  }

  /** For libpq. */
  get conninfo(): string {
    return `host=${this.dir} user=imprimatur dbname=postgres`;
  }

  /** PostgreSQL refuses root: then it runs as the package's user. */
  private unprivileged(): string[] {
    if (process.getuid!() !== 0) return [];
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    chownSync(this.dir, id("-u"), id("-g"));
    chmodSync(this.dir, 0o755);
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
  }
}

function command(words: string[]): [string, string[]] {
  return [words[0]!, words.slice(1)];
}
