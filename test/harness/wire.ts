/* wire.ts - the connectors' API spoken by hand: keys, signatures, records (docs/protocol.md sections 2 and 4), written a
 * second time and not taken from the programs, so that a test can also say what no connector would. */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Offer } from "./connector.ts";
import type { Hub } from "./hub.ts";
import type { Answer, Problem } from "./http.ts";


export interface Call {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
}

/** What a test may do otherwise than a connector does. */
export interface Twist {
  created?: number;
  nonce?: string;
  keyid?: string;
  alg?: string;
  tag?: string;
  /** Of the body, as it is told and signed. */
  encoding?: "identity" | "gzip";
  /** Names of the components to cover, in this order. */
  components?: string[];
  /** The authority that is signed. */
  authority?: string;
  key?: KeyObject;
}

export class Identity {
  readonly key: KeyObject;
  readonly publicKey: string; // base64url of 32 octets
  readonly thumbprint: string;

  constructor(pem?: string) {
    this.key = pem ? createPrivateKey(pem) : generateKeyPairSync("ed25519").privateKey;
    this.publicKey = (this.key.export({ format: "jwk" }) as { x: string }).x;
    const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${this.publicKey}"}`; // RFC 8037, appendix A.3
    this.thumbprint = createHash("sha256").update(jwk).digest("base64url");
  }

  /** RFC 9421 over the components of docs/protocol.md. */
  sign(origin: string, method: string, path: string, body?: Buffer, twist: Twist = {}, type = "application/json"): Call {
    const url = new URL(path, origin);
    const headers: Record<string, string> = {};
    const values: Record<string, string> = {
      "@method": method,
      "@authority": twist.authority ?? url.host,
      "@path": url.pathname,
      "@query": url.search || "?",
    };
    let components = ["@method", "@authority", "@path", "@query"];
    if (body) {
      headers["content-digest"] = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
      headers["content-type"] = type;
      headers["content-encoding"] = twist.encoding ?? "identity";
      Object.assign(values, headers);
      components.push("content-digest", "content-type", "content-encoding");
    }
    components = twist.components ?? components;
    const parameters =
      `(${components.map((c) => `"${c}"`).join(" ")})` +
      `;created=${twist.created ?? Math.floor(Date.now() / 1000)}` +
      `;nonce="${twist.nonce ?? randomBytes(16).toString("base64url")}"` +
      `;keyid="${twist.keyid ?? this.thumbprint}";alg="${twist.alg ?? "ed25519"}";tag="${twist.tag ?? "imprimatur-c1"}"`;
    const text = [...components.map((c) => `"${c}": ${values[c] ?? ""}`), `"@signature-params": ${parameters}`].join("\n");
    headers["signature-input"] = `sig=${parameters}`;
    headers["signature"] = `sig=:${sign(null, Buffer.from(text), twist.key ?? this.key).toString("base64")}:`;
    return { method, path, headers, body };
  }
}

export const REPORT = 1;
export const GAP = 2;

export interface RecordIn {
  epoch: Buffer;
  seq: number;
  prev?: Buffer;
  kind?: number;
  purposes?: number;
  at_ms?: number;
  data: Buffer;
}

export interface MadeRecord {
  bytes: Buffer;
  digest: Buffer;
}

export function makeRecord(r: RecordIn): MadeRecord {
  const length = 80 + r.data.length + 4;
  const b = Buffer.alloc(length);
  b.write("IMPR", 0, "latin1");
  b.writeUInt32LE(length, 4);
  b.writeUInt8(1, 8);
  b.writeUInt8(r.kind ?? REPORT, 9);
  b.writeUInt32LE(r.purposes ?? 0x1f, 12);
  r.epoch.copy(b, 16);
  b.writeBigUInt64LE(BigInt(r.seq), 32);
  b.writeBigUInt64LE(BigInt(r.at_ms ?? Date.now()), 40);
  (r.prev ?? Buffer.alloc(32)).copy(b, 48);
  r.data.copy(b, 80);
  b.writeUInt32LE(crc32(b.subarray(0, length - 4)), length - 4);
  return { bytes: b, digest: createHash("sha256").update(b.subarray(0, length - 4)).digest() };
}

export interface Acked {
  epoch: string;
  acked: number;
  ranges: { from: number; to: number }[];
  credit: number;
}

/** How a change of the key may be forged: who signs the call, who proves, over which old key, for which hub. */
export interface Forgery {
  signer?: Identity;
  prover?: Identity;
  old?: string;
  authority?: string;
  twist?: Twist;
}

/** A connector in the test's own hands. */
export class HandConnector {
  epoch = randomBytes(16);
  seq = 0;
  prev: Buffer = Buffer.alloc(32);
  siteId = "";

  constructor(
    readonly hub: Hub,
    public identity = new Identity(),
  ) {}

  /** POST /c/v1/key */
  keyCall(next: Identity, forgery: Forgery = {}): Call {
    const authority = forgery.authority ?? new URL(this.hub.url).host;
    const text = `imprimatur-c1 key\n${authority}\n${forgery.old ?? this.identity.thumbprint}\n${next.thumbprint}\n`;
    const proof = sign(null, Buffer.from(text), (forgery.prover ?? next).key).toString("base64url");
    const body = Buffer.from(JSON.stringify({ public_key: next.publicKey, proof }));
    return (forgery.signer ?? this.identity).sign(this.hub.url, "POST", "/c/v1/key", body, forgery.twist);
  }

  /** The answer comes when there is one. */
  poll(after: number, run?: number): Promise<Answer<{ commands?: { n: number; kind: string }[]; copied?: boolean } & Problem>> {
    const path = `/c/v1/commands?after=${after}${run ? `&run=${run}` : ""}`;
    return this.send(this.identity.sign(this.hub.url, "GET", path));
  }

  send<T = Problem>(call: Call): Promise<Answer<T>> {
    return this.hub.http().call<T>(call.method, call.path, { headers: call.headers, body: call.body });
  }

  enrollCall(code: string, offer: Offer, twist: Twist = {}): Call {
    const { version, sha256, language } = offer.agreement;
    const body = {
      code,
      public_key: this.identity.publicKey,
      agreement: { version, sha256, language, accepted_at: new Date().toISOString() },
      connector_version: "0.1.0",
      os: "linux",
    };
    return this.identity.sign(this.hub.url, "POST", "/c/v1/enroll", Buffer.from(JSON.stringify(body)), twist);
  }

  async enroll(code: string, offer: Offer): Promise<void> {
    const a = await this.send<{ site_id: string }>(this.enrollCall(code, offer));
    if (a.status !== 200) throw new Error(`enroll: ${a.status} ${a.text}`);
    this.siteId = a.body.site_id;
  }

  /** The next record of the chain. */
  next(report: Record<string, unknown> = {}, spooled = 0): MadeRecord {
    const data = { schema: 1, at: new Date().toISOString(), source: "papercut", ...report };
    const r = makeRecord({
      epoch: this.epoch,
      seq: ++this.seq,
      prev: this.prev,
      data: Buffer.from(JSON.stringify({ ...data, connector: { version: "0.1.0", os: "linux", spooled } })),
    });
    this.prev = r.digest;
    return r;
  }

  reportsCall(records: MadeRecord[], twist: Twist = {}): Call {
    const body = Buffer.concat(records.map((r) => r.bytes));
    return this.identity.sign(this.hub.url, "POST", "/c/v1/reports", body, twist, "application/vnd.imprimatur.records");
  }

  report(...records: MadeRecord[]): Promise<Answer<Acked & Problem>> {
    return this.send<Acked & Problem>(this.reportsCall(records));
  }
}

