/* balancer.ts - a real load balancer in front of a hub: it passes TLS through unopened and says by a PROXY header whose
 * connection it is.  It dials the hub from 127.0.0.2, so that its own address is never the client's. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { installed, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

export const BALANCER = "127.0.0.2";

interface Kind {
  /** The Debian packages. */
  packages: string;
  program: string;
  needs: string[];
  args(config: string, dir: string): string[];
  config(port: number, hub: string, dir: string): string[];
}

const kinds = {
  haproxy: {
    packages: "haproxy",
    program: "haproxy",
    needs: ["haproxy"],
    args: (config) => ["-db", "-f", config],
    config: (port, hub) => [
      "defaults",
      "  mode tcp",
      "  timeout connect 5s",
      "  timeout client 2m",
      "  timeout server 2m",
      "frontend public",
      `  bind 127.0.0.1:${port}`,
      "  default_backend hub",
      "backend hub",
      // Its own checks are LOCAL connections.
      `  server hub ${hub} send-proxy-v2 check check-send-proxy inter 200 source ${BALANCER}`,
    ],
  },
  nginx: {
    packages: "nginx-light, libnginx-mod-stream",
    program: "nginx",
    needs: ["nginx", "/usr/lib/nginx/modules/ngx_stream_module.so"],
    args: (config, dir) => ["-c", config, "-p", dir, "-e", join(dir, "error.log")],
    config: (port, hub, dir) => [
      "load_module /usr/lib/nginx/modules/ngx_stream_module.so;",
      "daemon off; master_process off;",
      `pid ${dir}/nginx.pid;`,
      "events {}",
      "stream {",
      `  server { listen 127.0.0.1:${port}; proxy_pass ${hub}; proxy_protocol on; proxy_bind ${BALANCER}; }`,
      "}",
    ],
  },
} satisfies Record<string, Kind>;

export type BalancerKind = keyof typeof kinds;
export const balancers = Object.keys(kinds) as BalancerKind[];

export function balancerMissing(name: BalancerKind): string {
  const kind: Kind = kinds[name];
  return kind.needs.every(installed) ? "" : `${name} is not installed (Debian: ${kind.packages})`;
}

/** Serves 127.0.0.1:`port` by the hub at `hub` ("127.0.0.1:8443"), until the test ends. */
export async function startBalancer(name: BalancerKind, port: number, hub: string): Promise<Program> {
  const kind: Kind = kinds[name];
  const dir = tempDir();
  const config = join(dir, "balancer.conf");
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, "logs"));
  writeFileSync(config, kind.config(port, hub, dir).join("\n") + "\n");
  const program = Program.start(kind.program, kind.args(config, dir), { foreign: true });
  await until(`${name} listens`, () => {
    if (!program.running) throw new Error(`${name} has ended: ${program.stderr}`);
    return new Promise<boolean>((done) => {
      const c = connect(port, "127.0.0.1", () => {
        c.destroy();
        done(true);
      });
      c.on("error", () => done(false));
    });
  });
  return program;
}
