/* Many customers and sites at once: a table is pasted or dropped, each row gets its verdict before
 * anything is made, and the codes of the invitations are there once. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import { useState, type DragEvent } from "react";
import { ApiError, asApiError, errorText } from "../../api/error.ts";
import { meQuery, queries } from "../../api/queries.ts";
import { saveCsv } from "../../text/csv.ts";
import { utf8 } from "../../text/decode.ts";
import { useText, type Language } from "../../text/i18n.ts";
import { LanguageSelect } from "../../ui/Choices.tsx";
import { useDraft } from "../../ui/draft.ts";
import { Failed } from "../../ui/Notice.tsx";
import { Once } from "../../ui/Once.tsx";
import { useTitle } from "../../ui/Root.tsx";
import add from "../add/AddPage.module.css";
import invite from "../invite/Invite.module.css";
import { apply, check, isNew, type Row } from "./apply.ts";
import { codesCsv } from "./codes.ts";
import style from "./ImportPage.module.css";
import { Verdicts } from "./Verdicts.tsx";

const example = "customer;site;language;mail_to\nExample Works;Head office;en;it@example.com\n";

interface InputProps {
  csv: string;
  onCsv: (text: string) => void;
  onRefused: () => void;
}

function Input({ csv, onCsv, onRefused }: InputProps) {
  const { t } = useText();
  const [over, setOver] = useState(false);

  const take = async (files: FileList | null) => {
    const file = files?.[0];
    if (!file) return;
    const text = utf8(await file.arrayBuffer());
    if (text === undefined) onRefused();
    else onCsv(text);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  };
  return (
    <div
      className={style.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label className={style.label} htmlFor="import-csv">
        {t("import.paste")}
      </label>
      <textarea
        id="import-csv"
        className={style.text}
        rows={8}
        spellCheck={false}
        placeholder={example}
        value={csv}
        onChange={(event) => onCsv(event.currentTarget.value)}
      />
      <label className={style.label}>
        {t("import.file")}{" "}
        <input type="file" accept=".csv,.txt,text/csv" onChange={(event) => void take(event.currentTarget.files)} />
      </label>
    </div>
  );
}

function Codes({ rows }: { rows: Row[] }) {
  const { t, count } = useText();
  const coded = rows.filter((r) => r.invitation);

  if (coded.length === 0) return null;
  return (
    <section className={invite.card} aria-labelledby="codes">
      <h2 id="codes">{count("import.codes", coded.length)}</h2>
      <p>{t("import.codes.once")}</p>
      <div className={invite.buttons}>
        <Button onClick={() => saveCsv("invitations.csv", codesCsv(coded, location.origin))}>{t("import.codes.save")}</Button>
      </div>
    </section>
  );
}

interface Outcome {
  rows: Row[];
  error?: unknown;
}

interface Checked {
  csv: string;
  rows: Row[];
}

function ImportPage() {
  const text = useText();
  const { t, count } = text;
  const { data: me } = useQuery(meQuery);
  const [csv, setCsv] = useDraft("import", "");
  const [language, setLanguage] = useState<Language>(text.language);
  const [inviting, setInviting] = useState(true);
  const [mailing, setMailing] = useState(false);
  const [checked, setChecked] = useState<Checked | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(0);
  const [problem, setProblem] = useState("");
  useTitle(t("import.title"));
  /* What was typed while they were asked for has no verdicts yet. */
  const plan = checked?.csv === csv ? checked : null;
  const news = plan?.rows.filter(isNew).length ?? 0;

  const change = (next: string) => {
    setCsv(next);
    setChecked(null);
    setProblem("");
  };
  const look = async () => {
    setBusy(true);
    setProblem("");
    try {
      setChecked({ csv, rows: (await check(csv, language)).rows });
    } catch (caught) {
      setProblem(errorText(text, asApiError(caught)));
    }
    setBusy(false);
  };
  const doIt = async () => {
    setBusy(true);
    setDone(0);
    const result = await apply(plan!.rows, language, inviting, inviting && mailing, setDone);
    setOutcome(result);
    if (result.error) setProblem(errorText(text, asApiError(result.error)));
    else setCsv(null);
    setBusy(false);
    void queries.invalidateQueries({ queryKey: ["customers"] });
    void queries.invalidateQueries({ queryKey: ["sites"] });
  };

  if (me && !me.rights.includes("import"))
    return <Failed error={new ApiError("forbidden", 403)} />;
  return (
    <div className={add.page} data-scroll-restoration-id="import">
      <h1>{t("import.title")}</h1>
      {(busy || outcome?.rows.some((r) => r.invitation)) && <Once />}
      {problem && (
        <p role="alert" className={invite.refused}>
          {problem}
        </p>
      )}
      {outcome ? (
        <>
          <p role="status">{count("import.done", outcome.rows.filter(isNew).length)}</p>
          <Codes rows={outcome.rows} />
          <Verdicts rows={outcome.rows} />
          <div className={invite.buttons}>
            <Link to="/sites">{t("ui.not_found.sites")}</Link>
            <Button variant="default" onClick={() => (setOutcome(null), change(""))}>
              {t("import.another")}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p>{t("import.means")}</p>
          <Input csv={csv} onCsv={change} onRefused={() => setProblem(t("import.charset"))} />
          <label className={add.language}>
            <span>{t("import.language")}</span>
            <LanguageSelect value={language} onChange={setLanguage} />
          </label>
          <div className={invite.buttons}>
            <Button variant={plan ? "default" : "filled"} disabled={busy || !csv.trim()} onClick={() => void look()}>
              {t("import.check")}
            </Button>
          </div>
          {plan && (
            <>
              <Verdicts rows={plan.rows} />
              <label className={style.check}>
                <input type="checkbox" checked={inviting} onChange={(event) => setInviting(event.currentTarget.checked)} />{" "}
                {t("import.invite")}
              </label>
              {me?.mail && inviting && plan.rows.some((r) => isNew(r) && r.mail_to) && (
                <label className={style.check}>
                  <input type="checkbox" checked={mailing} onChange={(event) => setMailing(event.currentTarget.checked)} />{" "}
                  {t("import.mail")}
                </label>
              )}
              <div className={invite.buttons}>
                <Button disabled={busy || news === 0} onClick={() => void doIt()}>
                  {count("import.apply", news)}
                </Button>
                {busy && <span role="status">{count("import.progress", done)}</span>}
              </div>
            </>
          )}
        </>
      )}
    </div>
  );
}

export const importRoute = createLazyRoute("/inside/import")({ component: ImportPage });
