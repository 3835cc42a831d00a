/* papercut.ts - a simulated PaperCut server whose scenario a test may change while it runs. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "./connector.ts";
import { programs, tempDir } from "./place.ts";
import { Program } from "./program.ts";

export interface Seats {
  used?: number;
  licensed?: number;
}

export interface Printer {
  name: string;
  status?: string;
  location?: string;
  physical_id?: string;
  id?: number;
  held?: number;
  pages?: number;
  jobs?: number;
  last_job_s?: number;
  disabled?: boolean;
}

export interface Device extends Omit<Printer, "physical_id" | "held"> {
  type?: string;
  description?: string;
  hosting_server?: string;
  functions?: string;
}

/** docs/protocol.md section 5 says what each member does. */
export interface Scenario {
  profile?: "v22" | "old16" | "v24-subscription";
  product?: "MF" | "NG";
  mode?: "normal" | "server_failure" | "redirect" | "truncated" | "unhealthy" | "unhealthy_verdict" | "failure_json";
  form?:
    | ("counted" | "chunked" | "until_close" | "http10" | "short" | "reset" | "stall" | "chunk_cut" | "chunk_bad")
    | ("two_lengths" | "silent" | "hang_up" | "garbage");
  delay_ms?: number;
  odd_path?: string;
  key?: string;
  missing_key_status?: number;
  wrong_key_status?: number;
  missing_key_text?: string;
  wrong_key_text?: string;
  verdict_member?: "message" | "comment";
  held_member?: "heldJobCountTotal" | "heldJobsCountTotal";
  ip_member?: "ip" | "IP";
  truth_form?: "boolean" | "text";
  percent_form?: "real" | "whole";
  in_error_form?: "objects" | "texts";
  minutes_form?: "clamp" | "refuse";
  csv_form?: "quoted" | "bare";
  cache_ms?: number;
  held_cache_ms?: number;
  version?: string;
  os?: string;
  database?: { status: string };
  database_connect_ms?: number;
  database_active?: number;
  disk_used_percent?: number;
  jvm_memory_used_percent?: number;
  uptime_hours?: number;
  pages?: number;
  errors?: number;
  warnings?: number;
  print_providers?: number;
  print_providers_offline?: number;
  site_servers?: number;
  site_servers_offline?: number;
  mobility_print_servers?: number;
  mobility_print_servers_offline?: number;
  web_print_servers?: number;
  web_print_servers_offline?: number;
  job_ticketing?: { status: string };
  licence?: {
    valid?: boolean;
    support_days?: number;
    remaining_days?: number;
    status?: string;
    users?: Seats;
    site_servers?: Seats;
    advanced_clients?: Seats;
    devices?: Seats;
  };
  printers?: Printer[];
  devices?: Device[];
  more_printers?: number;
  more_devices?: number;
  xmlrpc?: {
    allowed?: string[];
    tokens?: string[];
    token_form?: "text" | "list" | "object";
    int_tag?: "int" | "i4";
    text_tag?: "tagged" | "bare";
    encoding?: "utf-8" | "iso-8859-1" | "unsaid";
    wrong_token?: string;
    users?: number;
  };
  admin?: {
    name?: string;
    password?: string;
    allowed?: string[];
    allowed_domains?: string[];
    validate_origin?: boolean;
    deny_unknown_origin?: boolean;
    csrf_status?: number;
    hsts?: boolean;
    download_bytes?: number;
  };
}

export interface Call {
  method: string;
  path: string;
  query: string;
  body: string;
}

/** A word that stands in one text of the server, and whether that text may leave the site. */
export interface Mark {
  mark: string;
  in: string;
  may_leave: boolean;
}

export interface PaperCutOptions {
  marks?: boolean;
  /** PEM files for an HTTPS listener besides. */
  tls?: { certificate: string; key: string };
  /** Words in front of the command: another network, for instance. */
  inside?: string[];
}

export class PaperCut {
  private readonly file = join(tempDir(), "scenario.json");
  readonly key = randomBytes(16).toString("hex");
  private scenario: Scenario = {};
  program!: Program;
  url = "";
  tlsUrl = "";

  static async start(scenario: Scenario = {}, options: PaperCutOptions = {}): Promise<PaperCut> {
    const p = new PaperCut();
    const ready = `${p.file}.ready`;
    p.change(scenario);
    p.program = Program.start(programs.sim, [
      ...["papercut", "--listen", "127.0.0.1:0", "--scenario", p.file, "--ready", ready],
      ...["--parent-pid", String(process.pid), "--calls", `${p.file}.calls`],
      ...(options.tls
        ? ["--listen-tls", "127.0.0.1:0", "--certificate", options.tls.certificate, "--key", options.tls.key]
        : []),
      ...(options.marks ? ["--marks", `${p.file}.marks`] : []),
    ], { inside: options.inside });
    const told = await p.program.ready(ready);
    p.url = told.url;
    p.tlsUrl = told.tls_url ?? "";
    return p;
  }

  /** The members given replace those of before. */
  change(scenario: Scenario): void {
    this.scenario = { ...this.scenario, key: this.key, ...scenario };
    writeFileSync(`${this.file}.new`, JSON.stringify(this.scenario));
    renameSync(`${this.file}.new`, this.file);
  }

  /** What it was asked so far. */
  get calls(): Call[] {
    const file = `${this.file}.calls`;
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
    return lines.map((l) => JSON.parse(l) as Call);
  }

  /** The marks it has given out so far, if it was started with them. */
  get marks(): Mark[] {
    const file = `${this.file}.marks`;
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Mark[]) : [];
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
