/* Codes into sentences.  A code that has no text yet is shown as it is: never hidden. */
import type { Reason } from "../api/client.ts";
import { say, spanOf, withUnit } from "../text/format.ts";
import type { Text } from "../text/i18n.ts";

export function componentText(text: Text, kind: string): string {
  return text.find(`component.${kind}`) ?? kind;
}

/* What the number of a reason counts, by its code; a plain number where nothing stands here. */
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

/* Where the reason is said of a component the sentence names it: "Printers in error: 2". */
export function reasonText(text: Text, { code, component, value, threshold }: Reason): string {
  const args = {
    value: reasonValue(text, code, value) ?? "?",
    threshold: reasonValue(text, code, threshold) ?? "?",
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

/* Who decided what a reason tells. */
export function decider(code: string): "customer" | "provider" | "rule" {
  if (code === "monitoring_off") return "customer";
  if (code === "revoked") return "provider";
  return "rule";
}
