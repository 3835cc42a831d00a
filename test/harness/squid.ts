/* squid.ts - a real squid of one's own: open, with Basic, NTLM or Kerberos, or one that opens TLS with a CA made on the spot. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Kerberos } from "./kerberos.ts";
import { freePort, installed, processEnv, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const lib = "/usr/lib/squid";

export interface SquidOptions {
  auth?: "basic" | "ntlm" | Kerberos;
  /** Opens TLS towards the client; the servers behind it are checked by this CA. */
  bump?: { serverCa: string };
  /** Where it listens; 127.0.0.1 if not said. */
  address?: string;
  /** Further lines of squid.conf. */
  lines?: string[];
  /** The machine on which it is, if it is not this one: it is asked at `address`. */
  inside?: string[];
}

export class Squid {
  readonly dir = tempDir();
  readonly user: string;
  readonly password = "squid-geheim-4711";
  /** Of the one that opens TLS: its CA, and the name on it. */
  readonly caFile = join(this.dir, "bump-ca.pem");
  readonly caName = "Example Works TLS inspection";
  address = "127.0.0.1";
  port = 0;
  program!: Program;

  private constructor(user: string) {
    this.user = user;
  }

  static readonly missing = installed("squid") ? "" : "squid is not installed (Debian: squid-openssl)";

  static async start(options: SquidOptions = {}): Promise<Squid> {
    const s = new Squid(options.auth === "ntlm" ? "CORP\\joe" : "joe");
    s.port = options.inside ? 3128 : await freePort();
    s.address = options.address ?? s.address;
    chmodSync(s.dir, 0o777); // squid gives up root and writes here as another
    const config = join(s.dir, "squid.conf");
    writeFileSync(config, [...s.listen(options), ...s.auth(options), ...(options.lines ?? []), ...s.rest()].join("\n") + "\n");
    const env = typeof options.auth === "object" ? options.auth.env : {};
    s.program = Program.start("squid", ["-N", "-f", config], { foreign: true, env, inside: options.inside });
    await until("squid listens", () => {
      if (!s.program.running) throw new Error(`squid has ended: ${s.program.stderr} ${s.cacheLog}`);
      return options.inside ? s.cacheLog.includes("Accepting HTTP Socket connections") : listens(s.address, s.port);
    });
    return s;
  }

  get url(): string {
    return `http://${this.address}:${this.port}`;
  }

  /** What it has let through or refused, a line a request. */
  get accessLog(): string {
    const path = join(this.dir, "access.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  get cacheLog(): string {
    const path = join(this.dir, "cache.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  private listen(options: SquidOptions): string[] {
    if (!options.bump) return [`http_port ${this.address}:${this.port}`];
    const key = join(this.dir, "bump-ca.key");
    const certs = join(this.dir, "certs");
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", this.caFile],
      ...["-subj", `/O=Example Works/CN=${this.caName}`, "-addext", "basicConstraints=critical,CA:TRUE"],
    ], { stdio: "ignore" });
    chmodSync(key, 0o644);
    execFileSync(`${lib}/security_file_certgen`, ["-c", "-s", certs, "-M", "4MB"], { stdio: "ignore" });
    execFileSync("chmod", ["-R", "a+rwX", certs]);
    const serverCa = join(this.dir, "server-ca.pem");
    writeFileSync(serverCa, readFileSync(options.bump.serverCa));
    return [
      `http_port ${this.address}:${this.port} ssl-bump tls-cert=${this.caFile} tls-key=${key} generate-host-certificates=on`,
      `sslcrtd_program ${lib}/security_file_certgen -s ${certs} -M 4MB`,
      "sslcrtd_children 1",
      `tls_outgoing_options cafile=${serverCa}`,
      "ssl_bump bump all",
    ];
  }

  private auth(options: SquidOptions): string[] {
    if (options.auth === undefined) return ["http_access allow all"];
    const known = ["acl known proxy_auth REQUIRED", "http_access allow known", "http_access deny all"];
    if (typeof options.auth === "object") {
      const { service, keytab } = options.auth;
      return [`auth_param negotiate program ${lib}/negotiate_kerberos_auth -s ${service} -k ${keytab}`, "auth_param negotiate children 2", ...known];
    }
    const users = join(this.dir, "users");
    const hash = execFileSync("openssl", ["passwd", "-apr1", "-stdin"], { input: this.password, env: processEnv() });
    writeFileSync(users, `${this.user}:${hash.toString()}`, { mode: 0o644 });
    const program =
      options.auth === "basic"
        ? [`auth_param basic program ${lib}/basic_ncsa_auth ${users}`, "auth_param basic realm test"]
        : [`auth_param ntlm program ${lib}/ntlm_fake_auth`, "auth_param ntlm keep_alive on"];
    return [...program, ...known];
  }

  private rest(): string[] {
    mkdirSync(join(this.dir, "core"), { recursive: true });
    return [
      "cache deny all",
      `access_log stdio:${join(this.dir, "access.log")}`,
      `cache_log ${join(this.dir, "cache.log")}`,
      `coredump_dir ${join(this.dir, "core")}`,
      "pid_filename none",
      "netdb_filename none",
      "pinger_enable off",
      "shutdown_lifetime 1 second",
      "visible_hostname squid.example.test",
      "dns_nameservers 127.0.0.1",
    ];
  }
}

function listens(address: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const c = connect(port, address, () => {
      c.destroy();
      done(true);
    });
    c.on("error", () => done(false));
  });
}
