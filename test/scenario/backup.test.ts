/* Copies of a hub: made while it runs, checked, restored after the disk is gone. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs, tempDir } from "../harness/place.ts";
import { Program, type Result } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { sqliteMissing } from "../harness/store.ts";
import { until } from "../harness/until.ts";

function command(hub: Hub, ...args: string[]): Promise<Result> {
  return Program.run(programs.hub, [...args, "--config", hub.configFile]);
}

const dataOf = (hub: Hub) => join(dirname(hub.configFile), "data");

test("R75 a backup is made while the hub runs, holds no key and no text, and is restored to a disk that was lost", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 10 });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const values = async () => (await provider.api.series(site.id, `name=disk_used_percent&step=1s&from=${new Date(Date.now() - 600_000).toISOString()}`)).points.map((p) => p[1]);
  const disk = async () => (await values()).at(-1);
  await until("the first value is there", async () => (await disk()) === 10, 40_000);

  const dir = tempDir();
  const backup = join(dir, "backup");
  const keys = join(dir, "keys");
  expect(await command(hub, "backup", "--to", backup)).toMatchObject({ code: 0 });
  expect(await command(hub, "keys", "backup", "--to", keys)).toMatchObject({ code: 0 });
  expect(readdirSync(backup).sort()).toEqual(["backup.json", "hub.db"]);
  for (const name of ["backup.json", "hub.db"]) expect(statSync(join(backup, name)).mode & 0o077).toBe(0);
  const octets = readFileSync(join(backup, "hub.db"));
  const master = readFileSync(join(dirname(hub.configFile), "master.key"), "latin1").trim();
  for (const secret of [master, "Head office", "Example Works"]) expect(octets.includes(secret)).toBe(false);
  for (const key of readFileSync(keys).toString("latin1").match(/.{32}/gs) ?? []) expect(octets.includes(key)).toBe(false);
  expect((await command(hub, "verify")).stdout).toMatch(/changes in an unbroken chain, 0 of them erased; [1-9]\d* reports, 0 out/);

  // What comes after the backup is only in the connector's ledger once the disk is gone.
  papercut.change({ disk_used_percent: 20 });
  await until("the second value is there", async () => (await disk()) === 20, 40_000);
  expect(await command(hub, "restore", "--from", backup)).toMatchObject({ code: 1 }); // it runs
  await hub.program.stop();
  renameSync(dataOf(hub), join(dir, "lost"));
  const log = join(dataOf(hub), "hub.db-wal");
  mkdirSync(dataOf(hub));
  writeFileSync(log, "of the store that is gone"); // it would be played into the one that comes
  expect(await command(hub, "restore", "--from", backup, "--keys", keys)).toMatchObject({ code: 1 });
  rmSync(log);
  writeFileSync(`${keys}.bad`, "no keys");
  expect(await command(hub, "restore", "--from", backup, "--keys", `${keys}.bad`)).toMatchObject({ code: 1 });
  // Without its keys it would be a store that nobody can open.
  const keyless = await command(hub, "restore", "--from", backup);
  expect(keyless).toMatchObject({ code: 1, stderr: expect.stringMatching(/--keys[^]*data\/keys: /) as string });
  expect(readdirSync(dataOf(hub))).toEqual(["lock"]);
  expect(await command(hub, "restore", "--from", backup, "--keys", keys)).toMatchObject({ code: 0 });
  expect(await command(hub, "verify")).toMatchObject({ code: 0 });
  expect(readdirSync(join(dataOf(hub), "verify"))).toEqual([]); // no copy is left
  await hub.serve();
  expect((await provider.api.site(site.id)).name).toBe("Head office");
  // It learns with its next report that the hub holds less than was acknowledged.
  papercut.change({ disk_used_percent: 30 });
  await until("the connector has reported", async () => (await disk()) === 30, 40_000);
  await until("and sent again what it still had", async () => (await values()).includes(20), 40_000);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
  await c.program!.stop();
});

test("a backup that was altered, or is not whole, is neither verified nor restored", async () => {
  const hub = await Hub.start();
  await newSite(hub);
  const backup = join(tempDir(), "backup");
  expect(await command(hub, "backup", "--to", backup)).toMatchObject({ code: 0 });
  expect(await command(hub, "backup", "--to", backup)).toMatchObject({ code: 1 }); // never over another one
  expect(await command(hub, "verify", "--from", backup)).toMatchObject({ code: 0 });
  const file = join(backup, "hub.db");
  const octets = readFileSync(file);
  octets[octets.length - 100]! ^= 1;
  writeFileSync(file, octets);
  expect(await command(hub, "verify", "--from", backup)).toMatchObject({ code: 1 });
  await hub.program.stop();
  renameSync(dataOf(hub), `${dataOf(hub)}.lost`);
  expect(await command(hub, "restore", "--from", backup)).toMatchObject({ code: 1 });
  expect(readdirSync(dataOf(hub))).not.toContain("hub.db");
});

test("verify finds a site that does not open, which would keep the hub from starting", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  await newSite(hub);
  await hub.program.stop();
  expect(await command(hub, "verify")).toMatchObject({ code: 0 });
  execFileSync("sqlite3", [join(dataOf(hub), "hub.db"), "UPDATE site SET sealed = zeroblob(length(sealed))"]);
  expect(await command(hub, "verify")).toMatchObject({ code: 1, stdout: expect.stringMatching(/1 customers or sites that do not open/) as string });
});

test("a backup that a newer program made is not restored", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  await newSite(hub);
  await hub.program.stop();
  const file = join(dataOf(hub), "hub.db");
  execFileSync("sqlite3", [file, "INSERT INTO schema_version (version, name, sha256, applied_ms) SELECT 1000, name, sha256, applied_ms FROM schema_version LIMIT 1"]);
  const backup = join(tempDir(), "backup");
  expect(await command(hub, "backup", "--to", backup)).toMatchObject({ code: 0 });
  for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
  expect(await command(hub, "restore", "--from", backup)).toMatchObject({ code: 1, stderr: expect.stringMatching(/newer version/) as string });
  expect(readdirSync(dataOf(hub)).filter((name) => name.startsWith("hub.db"))).toEqual([]);
});

test("a backup is not put where the master key lies", async () => {
  const hub = await Hub.start();
  const r = await command(hub, "backup", "--to", dirname(hub.configFile));
  expect(r).toMatchObject({ code: 1 });
  expect(r.stderr).toMatch(/master key/);
  mkdirSync(join(dirname(hub.configFile), "copies"));
  expect(await command(hub, "backup", "--to", join(dirname(hub.configFile), "copies"))).toMatchObject({ code: 0 });
});
