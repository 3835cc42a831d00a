/* island.ts - a network of its own (a network namespace) with a single cable to ours: what is in it reaches the address at
 * our end of the cable, and nothing else. */
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { onTestFinished } from "vitest";
import { installed, processEnv } from "./place.ts";

export function ip(...args: string[]): void {
  execFileSync("ip", args, { env: processEnv(), stdio: ["ignore", "ignore", "pipe"] });
}

export class Island {
  /** The cable's ends, of 198.18.0.0/15 (RFC 2544), which no real network has. */
  readonly ours: string;
  readonly theirs: string;
  readonly inside: string[];

  private constructor(readonly name: string, theirs: string, ours: string) {
    this.ours = ours;
    this.theirs = theirs;
    this.inside = ["ip", "netns", "exec", name];
    ip("netns", "add", name);
    onTestFinished(() => ip("netns", "del", name)); // and the cable with it
    ip("link", "add", name, "type", "veth", "peer", "name", "cable", "netns", name);
    // Else it gets one more address a second later, and Chromium breaks off what it loads: ERR_NETWORK_CHANGED.
    ip("link", "set", name, "addrgenmode", "none");
    ip("addr", "add", `${ours}/30`, "dev", name);
    ip("link", "set", name, "up");
    ip("-n", name, "addr", "add", `${theirs}/30`, "dev", "cable");
    ip("-n", name, "link", "set", "cable", "up");
    ip("-n", name, "link", "set", "lo", "up");
  }

  static make(): Island {
    const n = randomInt(1 << 14);
    const net = `198.18.${n >> 6}.${(n & 63) * 4}`.split(".").map(Number);
    const at = (host: number) => [...net.slice(0, 3), net[3]! + host].join(".");
    return new Island(`impr${n}`, at(2), at(1));
  }

  /** Why there can be none here, or "". */
  static get missing(): string {
    if (process.getuid?.() !== 0) return "network namespaces need root";
    if (!installed("ip")) return "ip is not installed (Debian: iproute2)";
    try {
      ip("netns", "add", `probe${process.pid}`);
      try {
        ip("netns", "exec", `probe${process.pid}`, "true"); // it mounts /sys anew, which a bare chroot refuses
      } finally {
        ip("netns", "del", `probe${process.pid}`);
      }
      return "";
    } catch {
      return "this machine gives no network namespaces";
    }
  }
}
