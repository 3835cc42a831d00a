/* Rows of the change log into words.  What has no word yet is shown as the hub calls it. */
import type { SiteChange } from "../../api/client.ts";
import type { Text } from "../../text/i18n.ts";

type Fact = SiteChange["facts"][number];

export function verbWords(text: Text, verb: string): string {
  return text.find(`site.verb.${verb}`) ?? verb;
}

/* A reason's name; where its sentence needs a number that a row does not hold, that of its rule. */
export function codeWords(text: Text, code: string): string {
  const sentence = text.find(`reason.${code}`);
  if (sentence && !sentence.includes("{")) return sentence;
  return text.find(`rule.${code}`) ?? code;
}

const wordsOf: Record<string, string> = {
  status: "status",
  monitoring: "ui.permission.is",
  console: "ui.permission.is",
  mfp: "ui.permission.is",
  licence_valid: "site.licence.is",
};

export function factWords(text: Text, fact: Fact) {
  const words = wordsOf[fact.name];
  const value = (v: string | null) =>
    v === null ? null : ((words && text.find(`${words}.${v}`)) ?? v);
  return {
    name: text.find(`site.fact.${fact.name}`) ?? fact.name,
    before: value(fact.before),
    after: value(fact.after) ?? text.t("ui.unknown"),
  };
}
