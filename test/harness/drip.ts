/* drip.ts - stands before a server and hands on what it answers octet by octet, one a second. */
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** The address at which the server behind `url` answers so slowly. */
export async function drip(url: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const from = connect(Number(new URL(url).port), "127.0.0.1");
    let rest = Buffer.alloc(0);
    from.on("data", (d: Buffer) => (rest = Buffer.concat([rest, d])));
    client.on("data", (d: Buffer) => from.write(d));
    const timer = setInterval(() => {
      if (rest.length > 0) client.write(rest.subarray(0, 1));
      rest = rest.subarray(1);
    }, 1000);
    client.once("close", () => (clearInterval(timer), from.destroy()));
    from.once("close", () => client.destroy());
    for (const s of [client, from]) sockets.add(s.on("error", () => {}));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.close();
    for (const s of sockets) s.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
