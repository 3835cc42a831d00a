/* Codes into sentences.  A code that has no text yet is shown as it is: never hidden. */
import type { Reason } from "../api/client.ts";
import { say, spanOf, withUnit } from "../text/format.ts";
import type { Text } from "../text/i18n.ts";

export function componentText(text: Text, kind: string): string {
  return text.find(`component.${kind}`) ?? kind;
}

/* What the number of a reason counts, by its code; a plain number where nothing stands here.  A
 * span has no number: it is as long as the reason is there, and grows while one looks. */
const units: Record<string, "span" | "percent" | "days"> = {
  silent: "span",
  stale: "span",
  disk_low: "percent",
  support_ending: "days",
  support_ended: "days",
};

export function reasonValue(text: Text, code: string, value: number | null): string | null {
  if (value === null) return null;
  const unit = units[code];
  if (unit === "span") return say(text, spanOf(value * 1000));
  return unit ? withUnit(text, value, unit) : text.number(value);
}

/* Whether the sentence tells the time already. */
export function isSpan(code: string): boolean {
  return units[code] === "span";
}

/* The value as it is at `now`. */
export function valueOf({ code, value, since }: Reason, now: number): number | null {
  return units[code] === "span" && since ? (now - Date.parse(since)) / 1000 : value;
}

/* Where the reason is said of a component the sentence names it: "Printers in error: 2". */
export function reasonText(text: Text, reason: Reason, now: number): string {
  const { code, component } = reason;
  const args = {
    value: reasonValue(text, code, valueOf(reason, now)) ?? "?",
    threshold: reasonValue(text, code, reason.threshold) ?? "?",
  };
  const whole = component ? text.find(`reason.${component}.${code}`, args) : undefined;
  const plain = text.find(`reason.${code}`, args) ?? text.t("ui.reason.code", { code });
  if (whole || !component || units[code]) return whole ?? plain;
  return text.t("ui.reason.of", { component: componentText(text, component), reason: plain });
}

/* Beside the component's own name: "Some in error". */
export function codeText(text: Text, code: string): string {
  return text.find(`reason.${code}`) ?? text.t("ui.reason.code", { code });
}

/* A printer's own keyword (RFC 8011), which the connector has stripped of its severity. */
export function keywordText(text: Text, keyword: string): string {
  return text.find(`reason.${keyword}`) ?? keyword;
}

/* Nothing newer can be there: what is shown of the site was true once. */
export function isOld(status: string): boolean {
  return status === "offline" || status === "revoked" || status === "monitoring_off";
}

/* What the hub concludes by a rule of its own (src/model/status.c); all else is told by the site. */
const ruled = new Set([
  "copied",
  "disk_low",
  "never_connected",
  "no_report",
  "silent",
  "stale",
  "support_ended",
  "support_ending",
]);

/* Who decided what a reason tells. */
export function decider(code: string): "customer" | "provider" | "rule" | "site" {
  if (code === "monitoring_off") return "customer";
  if (code === "revoked") return "provider";
  return ruled.has(code) ? "rule" : "site";
}
