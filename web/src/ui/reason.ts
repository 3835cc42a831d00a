/* Codes into sentences.  A code that has no text yet is shown as it is: never hidden. */
import type { Reason } from "../api/client.ts";
import type { Text } from "../text/i18n.ts";

export function componentText(text: Text, kind: string): string {
  return text.find(`component.${kind}`) ?? kind;
}

export function reasonText(text: Text, reason: Reason): string {
  const number = (n: number | null | undefined) => (n == null ? "?" : text.number(n));
  const args = { value: number(reason.value), threshold: number(reason.threshold) };
  const sentence = text.find(`reason.${reason.code}`, args);
  return sentence ?? text.t("ui.reason.code", { code: reason.code });
}

/* A printer's own keyword (RFC 8011): its severity suffix adds nothing that the state does not. */
export function keywordText(text: Text, keyword: string): string {
  const plain = keyword.replace(/-(report|warning|error)$/, "");
  return text.find(`reason.${plain}`) ?? keyword;
}

/* Who decided what a reason tells. */
export function decider(code: string): "customer" | "provider" | "rule" {
  if (code === "monitoring_off") return "customer";
  if (code === "revoked") return "provider";
  return "rule";
}
