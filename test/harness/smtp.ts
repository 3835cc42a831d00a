/* smtp.ts - a real SMTP server of one's own that keeps what it is given, and is as unkind as a test wants it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";
import { freePort, root, tempDir } from "./place.ts";

export interface Received {
  from: string;
  to: string[];
  user: string | null;
  secure: boolean;
  /** As it came, header and body. */
  raw: string;
  /** The header's fields, unfolded, encoded words read. */
  header: Record<string, string>;
  /** The body, quoted-printable read. */
  text: string;
}

export interface Behaviour {
  security: "starttls" | "tls" | "none";
  login?: { user: string; password: string };
  /** No STARTTLS though it is wanted. */
  noTls: boolean;
  /** What RCPT is answered; 0: yes. */
  recipient: number;
  /** What the message is answered. */
  message: number;
  /** Never answers the message's end. */
  hangs: boolean;
}

function unquoted(text: string): string {
  const octets = text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(octets, "latin1").toString("utf8").replaceAll("\r\n", "\n");
}

function words(value: string): string {
  const joined = value.replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, b64: string) => Buffer.from(b64, "base64").toString("utf8"));
}

function read(raw: string): Pick<Received, "raw" | "header" | "text"> {
  const end = raw.indexOf("\r\n\r\n");
  const fields = raw.slice(0, end).replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const header = Object.fromEntries(fields.map((f) => [f.slice(0, f.indexOf(":")).toLowerCase(), words(f.slice(f.indexOf(":") + 1).trim())]));
  return { raw, header, text: unquoted(raw.slice(end + 4)) };
}

function refusal(code: number): Error {
  return Object.assign(new Error(`refused with ${code}`), { responseCode: code });
}

export class MailSink {
  readonly dir = tempDir();
  readonly caFile = join(this.dir, "ca/ca.pem");
  readonly received: Received[] = [];
  port = 0;
  /** Connections, and messages that were offered, whatever became of them. */
  connections = 0;
  offered = 0;
  private server?: SMTPServer;

  private constructor(readonly does: Behaviour) {}

  static async start(does: Partial<Behaviour> = {}): Promise<MailSink> {
    const sink = new MailSink({ security: "starttls", noTls: false, recipient: 0, message: 0, hangs: false, ...does });
    execFileSync(join(root, "tools/dev-ca"), [join(sink.dir, "ca")], { stdio: "ignore" });
    sink.port = await freePort();
    onTestFinished(() => sink.close());
    return sink;
  }

  /** hub.conf's lines; tries follow one another quickly. */
  options(more: Record<string, string> = {}): Record<string, string> {
    return {
      "mail.server": "localhost",
      "mail.port": String(this.port),
      "mail.security": this.does.security,
      "mail.from": "hub@example.test",
      "mail.ca_file": this.caFile,
      "mail.retry": "200ms",
      ...more,
    };
  }

  async listen(): Promise<this> {
    const { security, login, noTls } = this.does;
    const disabled = [...(login ? [] : ["AUTH"]), ...(noTls || security !== "starttls" ? ["STARTTLS"] : [])];
    const options: SMTPServerOptions = {
      secure: security === "tls",
      key: readFileSync(join(this.dir, "ca/tls.key")),
      cert: readFileSync(join(this.dir, "ca/tls.pem")),
      disabledCommands: disabled,
      authOptional: !login,
      allowInsecureAuth: security === "none",
      logger: false,
      disableReverseLookup: true,
      closeTimeout: 100,
      onConnect: (_session, done) => {
        this.connections++;
        done();
      },
      onAuth: (auth, _session, done) =>
        auth.username === login?.user && auth.password === login?.password ? done(null, { user: auth.username }) : done(new Error("no")),
      onRcptTo: (_address, _session, done) => (this.does.recipient ? done(refusal(this.does.recipient)) : done()),
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (d: Buffer) => parts.push(d));
        stream.on("end", () => {
          this.offered++;
          if (this.does.hangs) return;
          if (this.does.message) return done(refusal(this.does.message));
          const { mailFrom, rcptTo } = session.envelope;
          this.received.push({
            from: mailFrom ? mailFrom.address : "",
            to: rcptTo.map((r) => r.address),
            user: (session.user as string | undefined) ?? null,
            secure: session.secure,
            ...read(Buffer.concat(parts).toString("latin1")),
          });
          done();
        });
      },
    };
    const server = new SMTPServer(options);
    server.on("error", () => {}); // a client that refuses our certificate
    await new Promise<void>((done, failed) => {
      server.server.once("error", failed);
      server.listen(this.port, "127.0.0.1", done);
    });
    this.server = server;
    return this;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }
}
