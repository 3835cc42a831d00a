/* imprimatur-hub doctor: a fresh folder has no failure; what is broken is named, and the exit code says so. */
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SmallDisk } from "../harness/disk.ts";
import { certify } from "../harness/certify.ts";
import { Hub } from "../harness/hub.ts";
import { freePort, programs, root, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { MailSink } from "../harness/smtp.ts";
import { needs } from "../harness/skip.ts";
import { sqliteMissing } from "../harness/store.ts";

/** A folder as init makes it, with a development certificate for localhost. */
async function fresh(url = "https://localhost:8443") {
  const dir = join(tempDir(), "hub");
  const { code, stderr } = await Program.run(programs.hub, ["init", "--dir", dir, "--public-url", url]);
  expect([code, stderr]).toEqual([0, ""]);
  execFileSync(join(root, "tools/dev-ca"), [join(dir, "ca")], { stdio: "ignore" });
  renameSync(join(dir, "ca/tls.pem"), join(dir, "tls.pem"));
  renameSync(join(dir, "ca/tls.key"), join(dir, "tls.key"));
  set(dir, "packages_dir", join(dir, "packages"));
  return dir;
}

function set(dir: string, name: string, value: string) {
  appendFileSync(join(dir, "hub.conf"), `${name} = ${value}\n`);
}

/** Exit code and the verdicts as "fail certificate.expired", sorted; without `pick` those that are `fail`. */
async function doctor(dir: string, pick = /^fail/, inside: string[] = []): Promise<[number | null, string[]]> {
  const { code, stdout } = await Program.run(programs.hub, ["doctor", "--config", join(dir, "hub.conf"), "--json"], { inside });
  const told = JSON.parse(stdout) as { ok: boolean; checks: { check: string; verdict: string; code: string }[] };
  expect(told.ok).toBe(code === 0);
  const all = told.checks.map((c) => `${c.verdict} ${c.check}.${c.code}`);
  return [code, all.filter((c) => pick.test(c)).sort()];
}

test("a fresh folder has no failure, and the lines say what was looked at", async () => {
  const dir = await fresh();
  expect(await doctor(dir)).toEqual([0, []]);
  const { code, stdout } = await Program.run(programs.hub, ["doctor", "--config", join(dir, "hub.conf")]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok {3}name +localhost has an address$/m);
  expect(stdout).toMatch(/^ok {3}certificate +it is good for another 39\d days$/m);
  expect(stdout).toMatch(/^warn certificate +this machine's roots do not vouch for it/m);
  expect(stdout).toMatch(/^ok {3}database +there is none yet/m);
  expect(stdout).toMatch(/^(ok {2}|warn) clock /m);
  expect(stdout).toMatch(/^(ok {2}|warn) swap /m);
  expect(stdout.trimEnd().split("\n").every((line) => /^(ok {2}|warn) [a-z-]+ +\S/.test(line))).toBe(true);
});

test("each thing that is broken has its verdict and decides the exit code", { timeout: 240_000 }, async () => {
  const breaks: [string, number, (dir: string) => void][] = [
    ["fail certificate.expired", 1, (dir) => certify(dir, -1)],
    ["fail certificate.early", 1, (dir) => certify(dir, 400)],
    ["warn certificate.ending", 0, (dir) => certify(dir, 10)],
    ["ok certificate.ok", 0, (dir) => certify(dir, 20)],
    ["fail certificate.bad", 1, (dir) => execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", join(dir, "tls.key")])],
    ["fail console.other_name", 1, (dir) => set(dir, "console_suffix", "visits.localhost")],
    [
      // A certificate for one name is none for all below it.
      "fail console.other_name",
      1,
      (dir) => {
        certify(dir, 80, "visits.localhost");
        set(dir, "console_suffix", "visits.localhost");
      },
    ],
    [
      "fail console.unknown",
      1,
      (dir) => {
        certify(dir, 80, "*.visits.invalid");
        set(dir, "console_suffix", "visits.invalid");
      },
    ],
    ["warn tls-key.open", 0, (dir) => chmodSync(join(dir, "tls.key"), 0o644)],
    ["fail folder.open", 1, (dir) => chmodSync(join(dir, "data"), 0o755)],
    ["fail master-key.open", 1, (dir) => chmodSync(join(dir, "master.key"), 0o644)],
    ["fail master-key.bad", 1, (dir) => writeFileSync(join(dir, "master.key"), "no key")],
    ["fail master-key.none", 1, (dir) => rmSync(join(dir, "master.key"))],
    ["fail master-key.no_keys", 1, (dir) => rmSync(join(dir, "data/keys"))],
    ["fail master-key.damaged", 1, (dir) => writeFileSync(join(dir, "data/keys"), readFileSync(join(dir, "data/keys")).fill(0, 0, 4))],
    [
      "fail master-key.inside",
      1,
      (dir) => {
        renameSync(join(dir, "master.key"), join(dir, "data/master.key"));
        set(dir, "master_key_file", "data/master.key");
      },
    ],
    ["fail database.bad", 1, (dir) => writeFileSync(join(dir, "data/hub.db"), "no database".repeat(1000))],
    [
      "fail vulnerable.bad",
      1,
      (dir) => {
        writeFileSync(join(dir, "list"), "what is this\n");
        set(dir, "vulnerable_versions", "list");
      },
    ],
    [
      "warn packages.bad",
      0,
      (dir) => {
        mkdirSync(join(dir, "packages"));
        writeFileSync(join(dir, "packages/imprimatur-connector_0.1.0_amd64.deb"), "altered");
        writeFileSync(join(dir, "packages/SHA256SUMS"), `${"0".repeat(64)}  imprimatur-connector_0.1.0_amd64.deb\n`);
      },
    ],
  ];
  for (const [verdict, code, change] of breaks) {
    const dir = await fresh();
    change(dir);
    const [got, all] = await doctor(dir, /./);
    expect([verdict, got, all]).toEqual([verdict, code, expect.arrayContaining([verdict])]);
    expect(all.filter((v) => v.startsWith("fail"))).toEqual(code ? [verdict] : []);
  }
});

test("mail: server, TLS and login are tried, and no mail is sent", async () => {
  const login = { user: "hub", password: "smtp-geheim-4711" };
  const sink = await (await MailSink.start({ login })).listen();
  const cases: [string, number, Record<string, string>][] = [
    ["ok mail.ok", 0, {}],
    ["fail mail.login", 1, { "mail.user": "other" }],
    ["fail mail.untrusted", 1, { "mail.ca_file": (await MailSink.start()).caFile }],
    ["fail mail.tls", 1, { "mail.port": String((await (await MailSink.start({ noTls: true })).listen()).port) }],
    ["fail mail.unreachable", 1, { "mail.port": String(await freePort()) }],
    ["fail mail.password", 1, { "mail.password_file": "/nowhere" }],
  ];
  for (const [verdict, code, options] of cases) {
    const dir = await fresh();
    writeFileSync(join(dir, "password"), `${login.password}\n`, { mode: 0o600 });
    const all = sink.options({ "mail.user": login.user, "mail.password_file": "password", ...options });
    for (const [name, value] of Object.entries(all)) set(dir, name, value);
    const [got, told] = await doctor(dir, / mail\./);
    expect([verdict, got, told]).toEqual([verdict, code, [verdict]]);
  }
  expect(sink.offered).toBe(0);
  expect(await doctor(await fresh(), / mail\./)).toEqual([0, ["ok mail.none"]]);
});

test("another name: the certificate does not cover it, and it has no address", async () => {
  const dir = await fresh("https://other.invalid:8443");
  expect(await doctor(dir)).toEqual([1, ["fail certificate.other_name", "fail name.unknown"]]);
});

test("beside a running hub it says the schema and disturbs nothing", async () => {
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0" });
  expect(await doctor(join(hub.dir, "hub"), /^(fail|ok database)/)).toEqual([0, ["ok database.ok"]]);
  expect((await fetch(`${hub.ready.admin}/readyz`)).status).toBe(200);
});

test("a list of vulnerable versions with a mistake is refused by check-config, too, by its line", async () => {
  const dir = await fresh();
  const check = () => Program.run(programs.hub, ["check-config", "--config", join(dir, "hub.conf")]);
  set(dir, "vulnerable_versions", "list");
  writeFileSync(join(dir, "list"), "CVE-1 papercut 22.0..22.0.9\n");
  expect(await check()).toMatchObject({ code: 0, stderr: "" });
  writeFileSync(join(dir, "list"), "CVE-1 papercut 22.0..22.0.9\nCVE-3 papercut\n");
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^imprimatur-hub: vulnerable_versions: .*list:2: \S.*\n$/) });
  rmSync(join(dir, "list"));
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^imprimatur-hub: vulnerable_versions: \S+list:0: \S.*\n$/) });
});

test("few descriptors, a disk that fills, swap and another's folder have their verdicts", async (ctx) => {
  needs(ctx, SmallDisk.missing);
  const dir = await fresh();
  expect((await doctor(dir, /files/, ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"]))[1]).toEqual(["warn files.few"]);
  const swaps = (lines: string[]) => {
    writeFileSync(join(dir, "swaps"), ["Filename\tType\tSize\tUsed\tPriority", ...lines, ""].join("\n"));
    return doctor(dir, /swap/, ["unshare", "-m", "sh", "-c", `mount --bind ${join(dir, "swaps")} /proc/swaps && exec "$@"`, "sh"]);
  };
  expect((await swaps([]))[1]).toEqual(["ok swap.ok"]);
  expect((await swaps(["/swapfile\tfile\t1048572\t0\t-2"]))[1]).toEqual(["warn swap.on"]);
  const wild = await fresh();
  certify(wild, 80, "*.visits.invalid");
  set(wild, "console_suffix", "visits.invalid");
  writeFileSync(join(wild, "hosts"), "127.0.0.1 localhost\n192.0.2.1 doctor.visits.invalid\n");
  const names = ["unshare", "-m", "sh", "-c", `mount --bind ${join(wild, "hosts")} /etc/hosts && exec "$@"`, "sh"];
  expect((await doctor(wild, /console/, names))[1]).toEqual(["ok console.ok"]);
  const hubs = readFileSync(join(wild, "hub.conf"), "utf8");
  writeFileSync(join(wild, "hub.conf"), hubs.replace(/^public_url.*$/m, "public_url = https://Hub.Invalid:8443").replace("visits.invalid", "console.hub-visits.invalid"));
  certify(wild, 80, "*.console.hub-visits.invalid");
  writeFileSync(join(wild, "hosts"), "127.0.0.1 localhost\n192.0.2.1 doctor.console.hub-visits.invalid doctor.visits.hub.invalid\n");
  expect((await doctor(wild, /console/, names))[1]).toEqual(["ok console.ok"]);
  writeFileSync(join(wild, "hub.conf"), hubs.replace(/^public_url.*$/m, "public_url = https://www.Hub.Invalid:8443").replace("visits.invalid", "visits.hub.invalid"));
  certify(wild, 80, "*.visits.hub.invalid");
  expect((await doctor(wild, /console/, names))[1]).toEqual(["warn console.shared"]);
  const disk = await SmallDisk.make("2m");
  set(dir, "data_dir", disk.at);
  expect((await doctor(dir, /space/, disk.inside))[1]).toEqual(["ok space.ok"]);
  writeFileSync(join(disk.dir, "some"), Buffer.alloc(1.9 * (1 << 20)));
  expect((await doctor(dir, /space/, disk.inside))[1]).toEqual(["warn space.full"]);
  disk.fill();
  expect((await doctor(dir, /space/, disk.inside))[1]).toEqual(["fail space.full"]);
  const none = await fresh();
  set(none, "data_dir", "nowhere");
  expect(await doctor(none)).toEqual([1, ["fail folder.none", "fail master-key.no_keys"]]);
  const others = await fresh();
  chownSync(join(others, "data"), 12345, 12345);
  expect(await doctor(others)).toEqual([1, ["fail folder.owner"]]);
});

test("a database of another schema is told from a newer program's", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  await hub.program.stop();
  const dir = join(hub.dir, "hub");
  const sql = (text: string) => execFileSync("sqlite3", [join(dir, "data/hub.db"), text]);
  const newest = Number(sql("SELECT max(version) FROM schema_version"));
  sql(`INSERT INTO schema_version (version, name, sha256, applied_ms) SELECT ${newest + 1}, name, sha256, applied_ms FROM schema_version LIMIT 1`);
  expect(await doctor(dir)).toEqual([1, ["fail database.newer"]]);
  sql(`DELETE FROM schema_version WHERE version >= ${newest}`);
  expect((await doctor(dir, /database/))[1]).toEqual(["ok database.older"]);
});
