/* Threshold and severity of one rule, for all sites or for one.  What is the same as it would be
 * anyway is not set, so that a later change for all sites reaches this one, too. */
import { Button } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, call, type Rule, type RuleIn, type Severity } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { queries, rulesQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { useDraft } from "../../ui/draft.ts";
import { measured } from "../../ui/reason.ts";
import style from "./Rules.module.css";

interface Props {
  rule: Rule;
  site: string | undefined;
  done: () => void;
}

/* What counts without the setting that is made here. */
export function inherited(rule: Rule, site: string | undefined): Rule["default"] {
  const all = site === undefined ? null : rule.provider;
  return {
    threshold: all?.threshold ?? rule.default.threshold,
    severity: all?.severity ?? rule.default.severity,
  };
}

async function save(item: RuleIn, site: string | undefined): Promise<void> {
  const body = { items: [item] };
  const answer =
    site === undefined
      ? await call(api.PUT("/api/v1/rules", { body }))
      : await call(api.PUT("/api/v1/sites/{id}/rules", { params: { path: { id: site } }, body }));

  queries.setQueryData(rulesQuery(site).queryKey, answer);
  for (const key of site === undefined ? ["rules", "sites", "site"] : ["sites", "site"])
    void queries.invalidateQueries({ queryKey: [key] });
}

export function RuleForm({ rule, site, done }: Props) {
  const text = useText();
  const { t } = text;
  const usual = inherited(rule, site);
  const own = site === undefined ? rule.provider : rule.site;
  const { in_force: now } = rule;
  const [typed, setTyped] = useDraft(`rule.${site ?? "all"}.${rule.name}`, {
    threshold: String(now.threshold ?? ""),
    severity: now.severity,
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const say = (value: number | null) => measured(text, rule.unit, value) ?? "";

  const leave = () => {
    setTyped(null);
    done();
  };
  const send = async (item: RuleIn) => {
    setBusy(true);
    setError(null);
    try {
      await save(item, site);
      leave();
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const threshold = Number(typed.threshold);
    const { severity } = typed;
    void send({
      name: rule.name,
      ...(rule.unit !== null && threshold !== usual.threshold && { threshold }),
      ...(severity !== usual.severity && { severity }),
    });
  };

  return (
    <form className={style.form} id={`rule-${rule.name}`} onSubmit={submit}>
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      <div className={style.fields}>
        {rule.unit !== null && (
          <label className={style.field}>
            <span>
              {t(rule.compare === "below" ? "rule.form.below" : "rule.form.at_least")}{" "}
              ({t(`rule.unit.${rule.unit as "seconds"}`)})
            </span>
            <input
              type="number"
              name="threshold"
              autoFocus
              required
              step="any"
              min={rule.min ?? undefined}
              max={rule.max ?? undefined}
              value={typed.threshold}
              onChange={(event) => setTyped({ ...typed, threshold: event.currentTarget.value })}
            />
            <span className={style.hint}>
              {t("rule.form.range", { min: say(rule.min), max: say(rule.max) })}
            </span>
          </label>
        )}
        <label className={style.field}>
          <span>{t("rule.severity")}</span>
          <select
            name="severity"
            value={typed.severity}
            onChange={(event) => setTyped({ ...typed, severity: event.currentTarget.value as Severity })}
          >
            {(rule.severities as Severity[]).map((s) => (
              <option key={s} value={s}>
                {t(`rule.severity.${s}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className={style.buttons}>
        <Button type="submit" size="xs" disabled={busy}>
          {t("rule.form.save")}
        </Button>
        {own && (
          <Button size="xs" variant="default" disabled={busy} onClick={() => void send({ name: rule.name })}>
            {t(site === undefined ? "rule.form.reset.provider" : "rule.form.reset.site")}
          </Button>
        )}
        <Button size="xs" variant="subtle" disabled={busy} onClick={leave}>
          {t("rule.form.cancel")}
        </Button>
      </div>
    </form>
  );
}
