/* Why the site has its status, and behind each reason the why of that: the rule's limit, the raw
 * value, the time, and who decided.  Which one is open is in the address. */
import { Link } from "@tanstack/react-router";
import type { Reason, Severity, Site } from "../../api/client.ts";
import { useNow } from "../../text/clock.ts";
import { exact } from "../../text/format.ts";
import { useText, type TextKey } from "../../text/i18n.ts";
import {
  componentText,
  decider,
  isSpan,
  measured,
  reasonText,
  valueOf,
} from "../../ui/reason.ts";
import { StatusIcon } from "../../ui/Status.tsx";
import { Moment } from "../../ui/Time.tsx";
import style from "./Reasons.module.css";
import { here, route } from "./route.ts";
import { WhyLink } from "./WhyLink.tsx";

function nameOf(reason: Reason): string {
  return reason.component ? `${reason.code}.${reason.component}` : reason.code;
}

function Why({ reason, id }: { reason: Reason; id: string }) {
  const text = useText();
  const { t } = text;
  const now = useNow();
  const { component, unit, rule, severity, since } = reason;
  const rows: [TextKey, string | null][] = [
    ["rule.why", rule && (text.find(`rule.${rule}`) ?? rule)],
    ["ui.why.component", component && componentText(text, component)],
    ["ui.why.value", measured(text, unit, valueOf(reason, now))],
    ["ui.why.threshold", measured(text, unit, reason.threshold)],
    ["rule.detail", reason.detail],
    ["rule.severity", severity && t(`rule.severity.${severity as Severity}`)],
    ["ui.why.since", since && exact(text.locale, Date.parse(since))],
    ["ui.why.decided", t(`rule.by.${decider(reason)}`)],
    ["ui.why.code", reason.code],
  ];

  return (
    <div id={id}>
      <dl className={style.why}>
      {rows.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{t(name)}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
      </dl>
      {rule && (
        <Link {...here} search={{ tab: "rules", rule }} replace={false} className={style.change}>
          {t("rule.change.this")}
        </Link>
      )}
    </div>
  );
}

/* What may be done about it, where that is not plain from the reason. */
const advice: Record<string, TextKey> = {
  monitoring_off: "ui.advice.monitoring_off",
  offline: "ui.advice.offline",
  never_connected: "ui.advice.never_connected",
  revoked: "ui.advice.revoked",
};

/* Where an invitation is what is needed. */
const uninvited = ["never_connected", "revoked"];

export function Reasons({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const now = useNow();
  const { why, tab } = route.useSearch();
  const hint = advice[site.status];

  if (site.reasons.length === 0 && !hint) return null;
  return (
    <section className={style.box} data-status={site.status} aria-labelledby="reasons">
      <h2 id="reasons" className="sr-only">
        {t("ui.reason.title")}
      </h2>
      <ul className={style.list}>
        {site.reasons.map((reason) => {
          const name = nameOf(reason);
          const open = why === name;
          return (
            <li key={name}>
              <div className={style.row}>
                <StatusIcon is={reason.severity ?? site.status} />
                <span className={style.text}>
                  {reasonText(text, reason, now)}{" "}
                  {reason.since && !isSpan(reason) && (
                    <span className={style.since}>
                      {t("ui.since")} <Moment at={reason.since} />
                    </span>
                  )}
                </span>
                <WhyLink name={name} opens={`why-${name}`} of={reasonText(text, reason, now)} />
              </div>
              {open && <Why reason={reason} id={`why-${name}`} />}
            </li>
          );
        })}
      </ul>
      {hint && (
        <p className={style.hint}>
          {t(hint)}{" "}
          {uninvited.includes(site.status) && !site.archived_at && tab !== "connector" && (
            <Link {...here} search={{ tab: "connector" }} replace={false}>
              {t("ui.advice.invite")}
            </Link>
          )}
        </p>
      )}
    </section>
  );
}
