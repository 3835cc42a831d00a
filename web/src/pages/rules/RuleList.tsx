/* The rules by the part that they look at: what counts, who set it, and a form for the one that is
 * open, which the address says. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Rule, Severity } from "../../api/client.ts";
import { meQuery, rulesQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { componentText, measured } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { RuleForm } from "./RuleForm.tsx";
import style from "./Rules.module.css";

interface Props {
  /* undefined: for all sites. */
  site?: string;
  open: string | undefined;
  onOpen: (name: string | undefined) => void;
}

function groupsOf(rules: Rule[]): [string, Rule[]][] {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) {
    const part = rule.component ?? "";
    groups.set(part, [...(groups.get(part) ?? []), rule]);
  }
  return [...groups];
}

function Row({ rule, site, open, onOpen, may }: Props & { rule: Rule; may: boolean }) {
  const text = useText();
  const { t } = text;
  const { threshold, severity, origin } = rule.in_force;
  const name = text.find(`rule.${rule.name}`) ?? rule.name;
  const shown = open === rule.name;
  const value = measured(text, rule.unit, threshold);

  return (
    <li>
      <div className={style.row}>
        <span className={style.name}>{name}</span>
        <span className={style.number}>
          {value !== null && t(rule.compare === "below" ? "rule.below" : "rule.at_least", { value })}
        </span>
        <span className={style.severity}>
          {severity === "off" ? t("rule.severity.off") : <Status of="status" is={severity as Severity} />}
        </span>
        <span className={style.by} data-set={origin !== "default"}>
          {t(`rule.set.${origin}`)}
        </span>
        {may && (
          <Button
            size="compact-xs"
            variant="default"
            className={style.change}
            aria-expanded={shown}
            aria-controls={shown ? `rule-${rule.name}` : undefined}
            aria-label={`${t("rule.change")}: ${name}`}
            onClick={() => onOpen(shown ? undefined : rule.name)}
          >
            {t("rule.change")}
          </Button>
        )}
      </div>
      {shown && may && <RuleForm rule={rule} site={site} done={() => onOpen(undefined)} />}
    </li>
  );
}

export function RuleList(props: Props) {
  const text = useText();
  const { data: me } = useQuery(meQuery);
  const { data, error, refetch } = useQuery(rulesQuery(props.site));

  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Waiting />;
  return groupsOf(data.items).map(([part, rules]) => (
    <section key={part} className={style.card} aria-labelledby={`rules-${part}`}>
      <h2 id={`rules-${part}`}>{part ? componentText(text, part) : text.t("rule.group.site")}</h2>
      <ul className={style.list}>
        {rules.map((rule) => (
          <Row key={rule.name} {...props} rule={rule} may={me?.rights.includes("rules") ?? false} />
        ))}
      </ul>
    </section>
  ));
}
