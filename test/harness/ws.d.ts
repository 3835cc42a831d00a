/* ws.d.ts - of npm's ws, what tests use. */
declare module "ws" {
  import type { EventEmitter } from "node:events";
  import type { IncomingMessage } from "node:http";
  import type { LookupFunction } from "node:net";
  import type { Duplex } from "node:stream";

  export interface Options {
    headers?: Record<string, string>;
    ca?: string;
    servername?: string;
    lookup?: LookupFunction;
    perMessageDeflate?: { threshold: number };
    maxPayload?: number;
  }

  export default class WebSocket extends EventEmitter {
    constructor(url: string, protocols: string[], options: Options);
    readonly protocol: string;
    readonly extensions: string;
    send(data: string | Buffer, options?: { binary?: boolean; compress?: boolean }): void;
    ping(data?: string): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
    on(event: "message", listener: (data: Buffer, binary: boolean) => void): this;
    on(event: "close", listener: (code: number, reason: Buffer) => void): this;
    on(event: "pong" | "error", listener: () => void): this;
    once(event: "open", listener: (value: unknown) => void): this;
    once(event: "error", listener: (e: Error) => void): this;
  }

  export class WebSocketServer {
    constructor(options: {
      noServer: true;
      perMessageDeflate?: { threshold: number };
      maxPayload?: number;
      handleProtocols?: (offered: Set<string>) => string | false;
    });
    readonly clients: Set<WebSocket>;
    handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, done: (ws: WebSocket) => void): void;
  }
}
