/* kerberos.ts - a key server (MIT krb5kdc) of one's own with one user and one proxy, on a port of 127.0.0.1.  Nothing of the
 * machine's own Kerberos is read or written: all of it is named by the environment that `env` gives. */
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort, installed, processEnv, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const REALM = "EXAMPLE.TEST";

/** Names what is missing, or nothing. */
export function kerberosMissing(): string {
  const missing = ["krb5kdc", "kdb5_util", "kadmin.local", "kinit"].filter((p) => !installed(p));
  return missing.length > 0 ? `not installed: ${missing.join(" ")} (Debian: krb5-kdc krb5-admin-server krb5-user)` : "";
}

export class Kerberos {
  readonly dir = tempDir();
  readonly user = `joe@${REALM}`;
  /** The proxy's name there, as clients make it of its address, and the file of its key. */
  readonly service = `HTTP/localhost@${REALM}`;
  readonly keytab = join(this.dir, "proxy.keytab");
  private readonly password = "kerberos-geheim";
  private port = 0;
  program!: Program;

  static async start(): Promise<Kerberos> {
    const k = new Kerberos();
    const port = (k.port = await freePort());
    k.configure(port);
    k.tool("kdb5_util", "create", "-s", "-r", REALM, "-P", "master-geheim");
    for (const query of [`addprinc -pw ${k.password} joe`, "addprinc -randkey HTTP/localhost", `ktadd -k ${k.keytab} HTTP/localhost`])
      k.tool("kadmin.local", "-r", REALM, "-q", query);
    chmodSync(k.dir, 0o755);
    chmodSync(k.keytab, 0o644); // squid has given up root when it reads it
    k.program = Program.start("krb5kdc", ["-n", "-r", REALM, "-P", join(k.dir, "kdc.pid")], { foreign: true, env: k.env });
    await until("the key server listens", () => {
      if (!k.program.running) throw new Error(`krb5kdc has ended: ${k.program.stderr}`);
      return listens(port);
    });
    return k;
  }

  /** For all that is to use this realm; tickets lie in a file of ours. */
  get env(): Record<string, string> {
    return {
      KRB5_CONFIG: join(this.dir, "krb5.conf"),
      KRB5_KDC_PROFILE: join(this.dir, "kdc.conf"),
      KRB5CCNAME: `FILE:${join(this.dir, "tickets")}`,
      KRB5RCACHETYPE: "none",
    };
  }

  /** As the account's log-in does it. */
  logIn(): void {
    execFileSync("kinit", ["joe"], { input: `${this.password}\n`, env: processEnv(this.env), stdio: ["pipe", "ignore", "pipe"] });
  }

  logOut(): void {
    this.tool("kdestroy");
  }

  /** From now on it takes connections and says nothing. */
  async silence(): Promise<void> {
    await this.program.stop();
    const open = new Set<Socket>();
    const server = createServer((s) => void open.add(s.on("error", () => undefined)));
    await new Promise<void>((done) => server.listen(this.port, "127.0.0.1", done));
    onTestFinished(() => {
      for (const s of open) s.destroy();
      server.close();
    });
  }

  private configure(port: number): void {
    const at = (name: string) => join(this.dir, name);
    writeFileSync(
      at("krb5.conf"),
      `[libdefaults]
 default_realm = ${REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 ${REALM} = {
  kdc = 127.0.0.1:${port}
 }
[domain_realm]
 localhost = ${REALM}
[logging]
 kdc = FILE:${at("kdc.log")}
`,
    );
    writeFileSync(
      at("kdc.conf"),
      `[realms]
 ${REALM} = {
  database_name = ${at("principal")}
  key_stash_file = ${at("stash")}
  acl_file = ${at("acl")}
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
 }
`,
    );
  }

  private tool(program: string, ...args: string[]): void {
    execFileSync(program, args, { env: processEnv(this.env), stdio: ["ignore", "ignore", "pipe"] });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const c = connect(port, "127.0.0.1", () => {
      c.destroy();
      done(true);
    });
    c.on("error", () => done(false));
  });
}
