/* log.ts - the simulated print server's log through a visit: each octet is known by its place (docs/protocol.md section 5). */
import type { IncomingMessage } from "node:http";
import type { Visit } from "./visit.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const LOGIN = "service=direct/1/Home/$Form&sp=S0&inputUsername=admin&inputPassword=sim-password";
const LINE = 64;

/** In each of its lines, and nowhere else. */
export const LOG_WORDS = "Server - a line of the simulated log";

export async function logIn(visit: Visit): Promise<void> {
  await visit.get("/admin");
  const inside = await visit.post("/app", LOGIN, { ...FORM, origin: visit.origin.origin });
  if (inside.status >= 400) throw new Error(`login: ${inside.status}`);
}

export class LogDownload {
  bytes = 0;
  wrong = 0;
  /** "end" if it came to its end as it should; else how it broke off. */
  readonly over: Promise<string>;
  /** performance.now() when it was over. */
  overAt = 0;

  private constructor(readonly answer: IncomingMessage) {
    this.over = new Promise((done) => {
      const end = (how: string) => {
        this.overAt ||= performance.now();
        done(how);
      };
      answer.on("data", (d: Buffer) => this.take(d));
      for (const how of ["end", "aborted", "error"]) answer.on(how, () => end(how));
    });
  }

  static async begin(visit: Visit): Promise<LogDownload> {
    return new LogDownload(await visit.begin("GET", "/app?service=direct/1/OptionsAdvanced/downloadLog"));
  }

  get length(): number {
    return Number(this.answer.headers["content-length"]);
  }

  leave(): void {
    this.answer.destroy();
  }

  /** One line of each piece is looked at, and that is the one whose place it is. */
  private take(d: Buffer): void {
    const from = (LINE - (this.bytes % LINE)) % LINE;
    const number = (this.bytes + from) / LINE;
    this.bytes += d.length;
    if (d.length < from + LINE) return;
    const line = d.toString("latin1", from, from + LINE);
    if (Number(line.slice(0, 15)) !== number || !line.includes(LOG_WORDS)) this.wrong++;
  }
}
