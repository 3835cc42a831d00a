/* README's section "Install it", typed word by word on a fresh machine: from nothing to first data, a newer version, a backup
 * and a restore, and away with it.  Takes minutes and root: script/test install. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { root, tempDir } from "../harness/place.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { home, Machine } from "./machine.ts";

const hub = "https://hub.example.com";
const password = "correct horse battery";

/** The fenced blocks of a section, by the words after their ```sh. */
function blocks(file: string, section: string): Map<string, string> {
  const text = readFileSync(join(root, file), "utf8");
  const from = text.indexOf(`\n## ${section}\n`);
  const to = text.indexOf("\n## ", from + 1);
  const found = new Map<string, string>();
  for (const [, name, body] of text.slice(from, to).matchAll(/\n```sh (.+)\n([\s\S]*?)\n```/g)) found.set(name!, body!);
  return found;
}

function packages(dir: string): { hub: string; connector: string } {
  const find = (name: string) => join(root, dir, readdirSync(join(root, dir)).find((f) => f.startsWith(name) && f.endsWith(".deb"))!);
  return { hub: find("imprimatur-hub_"), connector: find("imprimatur-connector_") };
}

function versionOf(deb: string): string {
  return basename(deb).split("_")[1]!;
}

interface Site {
  name: string;
  status: string;
  last_seen: string | null;
  server: { product: string } | null;
}

/** The API as the dashboard calls it, from within the machine. */
class Browser {
  constructor(private readonly machine: Machine) {}

  call<T>(method: string, path: string, body?: unknown): T {
    const data = body === undefined ? "" : `-H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
    return JSON.parse(this.machine.ask(`curl -sS -b /tmp/jar -c /tmp/jar -X ${method} ${data} ${hub}${path}`)) as T;
  }

  logIn(): void {
    this.call("POST", "/api/v1/logins", { email: "dana@example.com", password });
    const terms = this.call<{ version: number; sha256: string; provider_accepted_at: string | null }>("GET", "/api/v1/me/terms");
    const { version, sha256 } = terms;
    this.call("POST", "/api/v1/me/terms", { version, sha256, for_provider: terms.provider_accepted_at === null });
  }

  site(): Site | undefined {
    return this.call<{ items: Site[] }>("GET", "/api/v1/sites").items[0];
  }
}

test("R7 R8 R12 README alone leads from a fresh machine to first data, an upgrade, a restore, and away again", async (ctx) => {
  needs(ctx, Machine.missing);
  const typed = blocks("README.md", "Install it");
  const old = packages(".build/package");
  const newer = packages(".build/package-1");
  const machine = await Machine.boot([old.hub, old.connector], ["hub.example.com"]);
  const began = performance.now();
  const yes: [RegExp, string] = [/Do you want to continue\? \[Y\/n\]/, "y"];
  const say = (name: string, ...answers: [RegExp, string][]) => {
    const block = typed.get(name);
    if (!block) throw new Error(`README has no block "sh ${name}"`);
    return machine.type(block, [yes, ...answers]);
  };
  /* README: what stands in for systemctl where no systemd runs. */
  const services = new Map(typed.get("no-systemd")!.split("\n").map((line) => [/imprimatur-\w+$|-- (imprimatur-\w+)/.exec(line)![1]!, line.replace(/ &$/, "")]));
  const start = (name: string) => machine.background(services.get(name)!, name);

  // What an operator has: the packages, a certificate that everybody trusts.
  const ca = tempDir();
  execFileSync(join(root, "tools/dev-ca"), [ca, "hub.example.com"], { stdio: "ignore" });
  machine.put(join(ca, "ca.pem"), "/usr/local/share/ca-certificates/authority.crt");
  await machine.type("update-ca-certificates");
  machine.put(join(ca, "tls.pem"), join(home, "fullchain.pem"));
  machine.put(join(ca, "tls.key"), join(home, "privkey.pem"));
  machine.put(old.hub, join(home, basename(old.hub)));

  const made = await say("hub", [/Password: /, password]);
  const [code] = /DE(-[0-9A-Z]{4}){4}-[0-9A-Z]{2}/.exec(made)!;
  expect(made).not.toContain(password);
  await say("certificate");
  start("imprimatur-hub");
  await until("the hub serves", () => machine.ask(`curl -fsS ${hub}/healthz`).includes("ok"));

  // The print server: the package comes from the hub that the invitation names.
  machine.put(join(root, ".build/release/src/sim/imprimatur-sim"), "/tmp/imprimatur-sim");
  const key = "0123456789abcdef0123456789abcdef";
  writeFileSync(join(machine.dir, "tmp/scenario.json"), JSON.stringify({ key }));
  machine.background("/tmp/imprimatur-sim papercut --listen 127.0.0.1:9191 --scenario /tmp/scenario.json", "sim");
  await say("connector", [/Enrolment code: /, code!], [/source\.papercut\.key: /, key], [/anything else refuses it: /, "yes"]);
  start("imprimatur-connector");
  const browser = new Browser(machine);
  browser.logIn();
  await until("first data", () => browser.site()?.status === "ok", 60_000);
  expect(browser.site()?.server?.product).toBe("PaperCut MF");
  expect(performance.now() - began).toBeLessThan(10 * 60_000);

  // A backup, then a newer version, whose services a machine with systemd starts anew by itself.
  await say("backup");
  await machine.stop("imprimatur-hub");
  await machine.stop("imprimatur-connector");
  for (const deb of [newer.hub, newer.connector]) machine.put(deb, join(home, basename(deb)));
  await machine.type(typed.get("upgrade")!.replaceAll("0.2.0", versionOf(newer.hub)), [yes]);
  for (const name of ["hub", "connector"])
    expect(machine.ask(`dpkg-query -W -f '\${Version} \${db:Status-Status}' imprimatur-${name}`)).toBe(`${versionOf(newer.hub)} installed`);
  start("imprimatur-hub");
  start("imprimatur-connector");
  await until("the hub serves again", () => machine.ask(`curl -fsS ${hub}/healthz`).includes("ok"));
  const before = browser.site()?.last_seen;
  await until("newer data", () => browser.site()?.last_seen !== before && browser.site()?.status === "ok", 60_000);
  expect(machine.ask(`curl -fsS ${hub}/api/v1/packages`)).toContain(`"version":"${versionOf(newer.hub)}"`);

  // The store is lost.
  await machine.stop("imprimatur-hub");
  await say("restore");
  start("imprimatur-hub");
  await until("the restored hub serves", () => machine.ask(`curl -fsS ${hub}/healthz`).includes("ok"));
  browser.logIn();
  await until("the site goes on", () => browser.site()?.status === "ok", 60_000);

  // Away with it.
  await machine.stop("imprimatur-connector");
  await machine.stop("imprimatur-hub");
  await say("uninstall");
  const left = machine.ask(`find / -xdev -iname '*imprimatur*' -not -path '/proc/*' -not -path '${home}/*' -not -path '/tmp/*'`).split("\n").filter(Boolean);
  expect(left).toEqual([]);
});
