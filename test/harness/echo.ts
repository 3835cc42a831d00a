/* echo.ts - a console whose pages speak WebSocket, by npm's ws: it sends everything back, says what was asked of it, and
 * takes note of how each connection ends.  Besides, an event stream and a download that never end. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

export interface Ended {
  path: string;
  code: number;
  reason: string;
  at_ms: number;
}

export class Echo {
  url = "";
  /** The heads of the WebSockets that were asked for. */
  readonly asked: IncomingHttpHeaders[] = [];
  readonly ended: Ended[] = [];
  private readonly sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: { threshold: 0 },
    maxPayload: 64 << 20,
    handleProtocols: (offered) => (offered.has("second") ? "second" : false),
  });

  /** At a port of its own, or at a Unix socket. */
  static async start(path?: string): Promise<Echo> {
    const e = new Echo();
    const server = createServer((req, res) => e.answer(req.url!, res));
    server.on("upgrade", (req, socket, head) => {
      if (req.url === "/refused") return void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
      e.asked.push(req.headers);
      e.sockets.handleUpgrade(req, socket, head, (ws) => {
        ws.on("error", () => {});
        ws.on("close", (code, reason) => e.ended.push({ path: req.url!, code, reason: reason.toString(), at_ms: performance.now() }));
        ws.on("message", (data, binary) => {
          if (!binary && data.toString() === "end") ws.close(4321, "as you say");
          else ws.send(data, { binary });
        });
      });
    });
    await new Promise<void>((done) => (path ? server.listen(path, done) : server.listen(0, "127.0.0.1", done)));
    if (!path) e.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    onTestFinished(() => {
      for (const ws of e.sockets.clients) ws.terminate();
      server.closeAllConnections();
      server.close();
    });
    return e;
  }

  private answer(path: string, res: ServerResponse): void {
    const endless = (type: string, part: Buffer, every_ms: number) => {
      res.writeHead(200, { "content-type": type });
      const timer = setInterval(() => res.write(part), every_ms);
      res.once("close", () => {
        clearInterval(timer);
        this.ended.push({ path, code: 0, reason: "", at_ms: performance.now() });
      });
    };
    if (path === "/events") endless("text/event-stream", Buffer.from("data: x\n\n"), 20);
    else if (path === "/download") endless("application/octet-stream", Buffer.alloc(64 << 10, "x"), 5);
    else res.writeHead(200, { "content-type": "text/html", "set-cookie": "who=me; HttpOnly; Path=/" }).end("<!doctype html><title>Echo</title>");
  }
}
