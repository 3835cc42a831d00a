/* store.ts - what a hub has kept, read from its database file beside it: clear columns only, nothing is opened. */
import type { Hub } from "./hub.ts";
import { installed } from "./place.ts";
import { Program } from "./program.ts";

export interface Row {
  [column: string]: string | number | null;
}

function databaseFile(hub: Hub): string {
  for (const [name, octets] of hub.files()) if (octets.subarray(0, 15).toString("latin1") === "SQLite format 3") return name;
  throw new Error("the hub has no database file");
}

/** The hub should rest: its write-ahead log is read along, but a running writer may move on. */
export async function query(hub: Hub, sql: string): Promise<Row[]> {
  const r = await Program.run("sqlite3", ["-readonly", "-json", databaseFile(hub), sql]);
  if (r.code !== 0) throw new Error(`sqlite3: ${r.stderr}`);
  return r.stdout.trim() === "" ? [] : (JSON.parse(r.stdout) as Row[]);
}

/** Every digest that must hold between neighbours of one epoch does, numbers run from 1 without gaps, none is twice. */
export async function chains(hub: Hub): Promise<{ connector: string; epoch: string; count: number }[]> {
  const rows = await query(
    hub,
    `SELECT lower(hex(connector_id)) AS connector, lower(hex(epoch)) AS epoch, seq, hex(digest) AS digest, hex(prev) AS prev
       FROM report ORDER BY connector_id, epoch, seq`,
  );
  const all = new Map<string, { connector: string; epoch: string; count: number; digest: string }>();
  for (const row of rows) {
    const key = `${row.connector} ${row.epoch}`;
    const before = all.get(key) ?? { connector: String(row.connector), epoch: String(row.epoch), count: 0, digest: "0".repeat(64) };
    if (row.seq !== before.count + 1) throw new Error(`${key}: ${row.seq} follows ${before.count}`);
    if (row.prev !== before.digest) throw new Error(`${key}: ${row.seq} does not continue ${before.count}`);
    all.set(key, { ...before, count: Number(row.seq), digest: String(row.digest) });
  }
  return [...all.values()].map(({ connector, epoch, count }) => ({ connector, epoch, count }));
}

export function sqliteMissing(): string {
  return installed("sqlite3") ? "" : "not installed: sqlite3";
}
