/* api.ts - the dashboard's API with its types (docs/protocol.md section 1), as one logged-in user sees it. */
import { expect, onTestFinished } from "vitest";
import { type Answer, Http, type Problem } from "./http.ts";

export type Status = "ok" | "warning" | "error" | "offline" | "monitoring_off" | "never_connected" | "revoked";
export interface Named {
  id: string;
  name: string;
}
export interface Reason {
  code: string;
  component: string | null;
  value: unknown;
  threshold: unknown;
  since: string | null;
  rule: string | null;
  unit: string | null;
  severity: Severity | null;
  origin: "default" | "provider" | "site" | null;
  detail: string | null;
}
export interface Component {
  kind: string;
  state: "ok" | "warning" | "error" | "unknown";
  code: string;
  since: string;
}
export interface Me {
  user: Named & { email: string; language: string };
  provider: Named;
  region: string;
  rights: string[];
  terms: Terms;
  mail: boolean;
  hub_version: string;
}
export interface Terms {
  version: number;
  language: string;
  sha256: string;
  accepted_at: string | null;
  provider_accepted_at: string | null;
  text?: string;
}
export interface LegalText {
  name: string;
  version: number;
  newest: number;
  language: string;
  sha256: string;
  text: string;
}
export interface Permissions {
  monitoring: "off" | "on";
  console: "off" | "ask" | "on";
  mfp: "off" | "ask" | "on";
}
export interface Site extends Named {
  customer: Named;
  created_at: string;
  status: Status;
  reasons: Reason[];
  permissions: Permissions | null;
  consent: { version: string; sha256: string; at: string } | null;
  last_seen: string | null;
  public_ip: string | null;
  server: { product: string; version: string; edition: string | null; os: string | null } | null;
  health: { read_at: string; components: Component[] } | null;
  infrastructure: { read_at: string | null; parts: { kind: string; state: string; total: number | null; down: number | null }[] } | null;
  licence: {
    read_at: string | null;
    valid: boolean | null;
    support_days: number | null;
    support_ends_at: string | null;
    licence_days: number | null;
    origin: string | null;
    seats: { kind: string; used: number | null; licensed: number | null }[];
    organisation: { value: string; origin: string } | null;
    customer_reference: { value: string; origin: string } | null;
  } | null;
  usage: {
    read_at: string | null;
    features: string[];
    held_jobs: number | null;
    period: { from: string; to: string; pages: number | null; errors: number | null; warnings: number | null } | null;
    day: { from: string; to: string; pages: number | null; jobs: number | null } | null;
  } | null;
  devices: { total: number; in_error: number } | null;
  connector: {
    id: string;
    version: string;
    clock_skew_ms: number | null;
    spooled: number | null;
    enrolled_at: string;
    copied: boolean;
  } | null;
  invitation: { id: string; expires_at: string; mail: Mail | null } | null;
  series: string[];
}
export interface SiteRow extends Named {
  customer: Named;
  status: Status;
  reasons: Reason[];
  last_seen: string | null;
  server: { product: string; version: string } | null;
  permissions: Permissions | null;
  devices: { total: number; in_error: number } | null;
}
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number;
}
export interface Sites extends Page<SiteRow> {
  counts: Partial<Record<Status, number>>;
}
export interface Device {
  id: string;
  label: string;
  state: string;
  reasons: string[];
  accepting_jobs: boolean | null;
  since: string | null;
  usage: { from: string; to: string; pages: number | null; jobs: number | null } | null;
}
export interface Series {
  name: string;
  unit: string;
  step_ms: number;
  coverage: number;
  off_by_customer: number;
  points: [number, number | null][];
  buckets: { at: string; min: number; max: number; mean: number; last: number; coverage: number }[];
}
export interface SiteChange {
  seq: number;
  at: string;
  verb: string;
  actor: { kind: string; name: string | null };
  facts: { name: string; before: string | null; after: string | null }[];
}
export interface Mail {
  to: string;
  state: "queued" | "sent" | "failed";
  reason: string | null;
  smtp_status: number | null;
  tries: number;
  next_at: string | null;
  done_at: string | null;
}
export interface Invited {
  id: string;
  site: Named;
  customer: Named;
  created_at: string;
  expires_at: string;
  mail: Mail | null;
}
export interface Invitation {
  id: string;
  code: string;
  expires_at: string;
}
export interface Change {
  seq: number;
  at: string;
  verb: string;
  actor: { kind: string; id: string | null };
  object: { kind: string; id: string };
  customer_id: string | null;
  site_id: string | null;
}

export type Severity = "off" | "warning" | "error" | "offline";
export interface RuleIn {
  name: string;
  threshold?: number;
  severity?: Severity;
}
export interface Rule {
  name: string;
  unit: string | null;
  default: { threshold: number | null; severity: Severity };
  provider: { threshold: number | null; severity: Severity | null } | null;
  site: { threshold: number | null; severity: Severity | null } | null;
  in_force: { threshold: number | null; severity: Severity; origin: "default" | "provider" | "site" };
}

const rulesPath = (site?: Named) => (site ? `/api/v1/sites/${site.id}/rules` : "/api/v1/rules");

/** A call that was expected to succeed. */
function ok<T>(a: Answer<unknown>, status: number): T {
  expect({ status: a.status, text: a.status === status ? "" : a.text }).toEqual({ status, text: "" });
  return a.body as T;
}

export class Api {
  constructor(readonly http: Http) {}

  /** Any call; the answer as it is, for what is expected to fail. */
  raw<T = Problem>(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
    return this.http.json<T>(method, path, body, headers);
  }

  async login(email: string, password: string): Promise<Me> {
    return ok(await this.raw("POST", "/api/v1/logins", { email, password }), 201);
  }

  async logout(): Promise<void> {
    ok(await this.raw("DELETE", "/api/v1/logins/current"), 204);
  }

  async me(): Promise<Me> {
    return ok(await this.raw("GET", "/api/v1/me"), 200);
  }

  async terms(language = "en"): Promise<Terms> {
    return ok(await this.raw("GET", `/api/v1/me/terms?language=${language}`), 200);
  }

  /** As the page does it: for oneself, and for the provider if nobody has yet. */
  async acceptTerms(): Promise<Me> {
    const { version, sha256, provider_accepted_at } = await this.terms();
    const body = { version, sha256, for_provider: provider_accepted_at === null };
    return ok(await this.raw("POST", "/api/v1/me/terms", body), 200);
  }

  /** A legal text as anybody can read it. */
  async text(name: string, language = "en"): Promise<LegalText> {
    return ok(await this.raw("GET", `/api/v1/texts/${name}?language=${language}`), 200);
  }

  async makeCustomer(name: string, language = "en"): Promise<Named> {
    return ok(await this.raw("POST", "/api/v1/customers", { name, language }), 201);
  }

  async makeSite(customer: Named, name: string): Promise<Site> {
    return ok(await this.raw("POST", "/api/v1/sites", { customer_id: customer.id, name }), 201);
  }

  async sites(query = ""): Promise<Sites> {
    return ok(await this.raw("GET", `/api/v1/sites${query}`), 200);
  }

  async site(id: string): Promise<Site> {
    return ok(await this.raw("GET", `/api/v1/sites/${id}`), 200);
  }

  async devices(id: string): Promise<Page<Device>> {
    return ok(await this.raw("GET", `/api/v1/sites/${id}/devices`), 200);
  }

  async series(id: string, query: string): Promise<Series> {
    return ok(await this.raw("GET", `/api/v1/sites/${id}/series?${query}`), 200);
  }

  async siteChanges(id: string, query = ""): Promise<{ items: SiteChange[]; next_cursor: string | null }> {
    return ok(await this.raw("GET", `/api/v1/sites/${id}/changes${query}`), 200);
  }

  async invite(site: Named, valid_days?: number): Promise<Invitation> {
    return ok(await this.raw("POST", `/api/v1/sites/${site.id}/invitations`, valid_days ? { valid_days } : {}), 201);
  }

  /** The same, sent to that address. */
  async inviteByMail(site: Named, mail_to: string, valid_days?: number): Promise<Invitation> {
    const body = valid_days ? { mail_to, valid_days } : { mail_to };
    return ok(await this.raw("POST", `/api/v1/sites/${site.id}/invitations`, body), 201);
  }

  /** A new code in its place, by mail. */
  async resend(site: Named, invitation: { id: string }, mail_to?: string): Promise<Invitation> {
    const path = `/api/v1/sites/${site.id}/invitations/${invitation.id}/resend`;
    return ok(await this.raw("POST", path, mail_to ? { mail_to } : {}), 201);
  }

  /** Invited and not connected, the newest first. */
  async invited(query = ""): Promise<{ items: Invited[]; next_cursor: string | null }> {
    return ok(await this.raw("GET", `/api/v1/invitations${query}`), 200);
  }

  /** What became of the mail of the site's open invitation. */
  async mailOf(site: Named): Promise<Mail | null> {
    return (await this.site(site.id)).invitation?.mail ?? null;
  }

  async revokeInvitation(site: Named, invitation: { id: string }): Promise<void> {
    ok(await this.raw("DELETE", `/api/v1/sites/${site.id}/invitations/${invitation.id}`), 204);
  }

  /** The verbs of the change log as far as they have been heard, the oldest first. */
  verbs(): () => string[] {
    const stream = this.http.events("/api/v1/changes", "0");
    onTestFinished(() => stream.stop());
    return () => stream.events.map((e) => (JSON.parse(e.data) as Change).verb);
  }

  /** The copied or restored machine is known, and in order. */
  async acceptCopy(site: Named): Promise<void> {
    ok(await this.raw("DELETE", `/api/v1/sites/${site.id}/connector/copied`), 204);
  }

  /** What counts for all sites, or at one. */
  async rules(site?: Named): Promise<Rule[]> {
    return ok<{ items: Rule[] }>(await this.raw("GET", rulesPath(site)), 200).items;
  }

  async setRules(items: RuleIn[], site?: Named): Promise<void> {
    ok(await this.raw("PUT", rulesPath(site), { items }), 200);
  }

  async resetRules(site: Named): Promise<void> {
    ok(await this.raw("DELETE", rulesPath(site)), 204);
  }

  async revokeConnector(site: Named): Promise<void> {
    ok(await this.raw("DELETE", `/api/v1/sites/${site.id}/connector`), 204);
  }
}
