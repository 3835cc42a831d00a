/* Codes into sentences.  A code that has no text yet is shown as it is: never hidden. */
import type { Reason } from "../api/client.ts";
import { say, spanOf, withUnit } from "../text/format.ts";
import type { Text } from "../text/i18n.ts";

export function componentText(text: Text, kind: string): string {
  return text.find(`component.${kind}`) ?? kind;
}

/* A number as its rule counts it. */
export function measured(text: Text, unit: string | null, value: number | null): string | null {
  if (value === null) return null;
  if (unit === "seconds") return say(text, spanOf(value * 1000));
  return unit ? withUnit(text, value, unit) : text.number(value);
}

/* An age has no number: it is as long as the reason is there, and grows while one looks. */
export function isSpan({ unit, value, since }: Reason): boolean {
  return unit === "seconds" && value === null && since !== null;
}

/* The value as it is at `now`. */
export function valueOf(reason: Reason, now: number): number | null {
  return isSpan(reason) ? (now - Date.parse(reason.since!)) / 1000 : reason.value;
}

/* Said by the site of one of its parts, without naming it. */
const told = new Set([
  "all_in_error",
  "fault",
  "key_refused",
  "some_in_error",
  "some_offline",
  "too_slow",
  "unexpected_answer",
  "unreachable",
]);

/* Where the reason is said of a component the sentence names it: "Printers in error: 2". */
export function reasonText(text: Text, reason: Reason, now: number): string {
  const { code, component, unit } = reason;
  const args = {
    value: measured(text, unit, valueOf(reason, now)) ?? "?",
    threshold: measured(text, unit, reason.threshold) ?? "?",
    detail: reason.detail ?? "?",
  };
  const whole = component ? text.find(`reason.${component}.${code}`, args) : undefined;
  const plain = text.find(`reason.${code}`, args) ?? text.t("ui.reason.code", { code });
  if (whole || !component || !told.has(code)) return whole ?? plain;
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

/* Whose decision a reason is: a person's, or that of whoever set threshold and severity of its rule. */
export function decider({ code, origin }: Reason): "customer" | "decision" | "default" | "provider" | "site" {
  if (code === "monitoring_off") return "customer";
  if (code === "revoked") return "decision";
  return origin === "site" || origin === "provider" ? origin : "default";
}
