/* via.ts - connections that come from wherever a test says: what a load balancer would tell of them by the PROXY protocol.
 * The hub needs `listen.proxy_from` = VIA. */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { onTestFinished } from "vitest";
import type { Hub } from "./hub.ts";

export const VIA = "127.0.0.2";

class ViaAgent extends Agent {
  constructor(
    private readonly hub: Hub,
    private readonly from: string,
  ) {
    super({ keepAlive: false });
  }

  createConnection(): ReturnType<typeof connectTls> {
    const port = Number(new URL(this.hub.url).port);
    const socket = connect({ host: "127.0.0.1", port, localAddress: VIA });
    const [kind, to] = this.from.includes(":") ? ["TCP6", "2001:db8::443"] : ["TCP4", "192.0.2.43"];
    socket.write(`PROXY ${kind} ${this.from} ${to} 40000 443\r\n`);
    return connectTls({ socket, servername: "localhost", ca: readFileSync(this.hub.caFile), ALPNProtocols: ["http/1.1"] });
  }
}

/** For `Http.call`: the hub takes the connection for one from this address. */
export function comingFrom(hub: Hub, address: string): Agent {
  const agent = new ViaAgent(hub, address);
  onTestFinished(() => agent.destroy());
  return agent;
}
