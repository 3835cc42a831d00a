/* mfp.ts - a simulated device's web pages, whose oddities a test may change while it runs. */
import { execFileSync } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programs, tempDir } from "./place.ts";
import { Program } from "./program.ts";

/** docs/protocol.md section 5 says what each member does. */
export interface MfpScenario {
  host_check?: boolean;
  host?: string;
  absolute_redirect?: boolean;
  redirect?: string;
  frameset?: boolean;
  no_length?: boolean;
  http10?: boolean;
  odd_reason?: boolean;
  odd_date?: boolean;
  digest?: boolean;
  basic?: boolean;
  bare_lf?: boolean;
  no_chunks?: boolean;
  form?: "counted" | "chunked" | "until_close" | "http10" | "short" | "reset" | "chunk_cut" | "two_lengths" | "garbage" | "long";
  name?: string;
  password?: string;
  title?: string;
  slow_first_byte_ms?: number;
}

export interface MfpOptions {
  /** HTTPS with a certificate of its own for this name. */
  tls?: string;
  oldTls?: boolean;
  listen?: string;
  /** HTTP where others reach it, too. */
  plain?: boolean;
  /** Words in front of the command: another network, for instance. */
  inside?: string[];
}

export class Mfp {
  private readonly dir = tempDir();
  private readonly file = join(this.dir, "scenario.json");
  private scenario: MfpScenario = {};
  program!: Program;
  url = "";

  static async start(scenario: MfpScenario = {}, options: MfpOptions = {}): Promise<Mfp> {
    const m = new Mfp();
    const ready = join(m.dir, "ready.json");
    m.change(scenario);
    if (options.tls) m.newCertificate(options.tls);
    m.program = Program.start(programs.sim, [
      ...["mfp", "--listen", options.listen ?? "127.0.0.1:0", "--scenario", m.file, "--ready", ready],
      ...["--parent-pid", String(process.pid)],
      ...(options.tls ? ["--certificate", m.certificate, "--key", join(m.dir, "key.pem")] : []),
      ...(options.oldTls ? ["--old-tls"] : []),
      ...(options.plain ? ["--plain"] : []),
    ], { inside: options.inside });
    m.url = (await m.program.ready(ready)).url;
    return m;
  }

  get certificate(): string {
    return join(this.dir, "cert.pem");
  }

  /** The one key stays, as on a device whose certificate is made anew. */
  newCertificate(name: string): void {
    const key = join(this.dir, "key.pem");
    const fresh = `${this.certificate}.new`;
    if (!existsSync(key)) execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key]);
    execFileSync("openssl", ["req", "-x509", "-key", key, "-subj", `/CN=${name}`, "-days", "2", "-out", fresh], { stdio: "ignore" });
    renameSync(fresh, this.certificate);
  }

  /** The members given replace those of before. */
  change(scenario: MfpScenario): void {
    this.scenario = { ...this.scenario, ...scenario };
    writeFileSync(`${this.file}.new`, JSON.stringify(this.scenario));
    renameSync(`${this.file}.new`, this.file);
  }
}
