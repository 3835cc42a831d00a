/* What the provider's users wrote down of a licence.  It stands beside what server and customer say and replaces none of it.
 *
 * What is typed is kept in this tab until it is saved; what somebody else has written meanwhile is shown before it is
 * replaced. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, call, type LicenceEntry as Entry, type Site } from "../../api/client.ts";
import { errorText } from "../../api/error.ts";
import { meQuery, queries, siteQuery } from "../../api/queries.ts";
import { utcDay } from "../../text/format.ts";
import { useText, type Text, type TextKey } from "../../text/i18n.ts";
import { keepDraft, keptDraft, type Draft } from "../../ui/draft.ts";
import { Signed, Theirs, useEditing } from "../note/editing.tsx";
import note from "../note/Note.module.css";
import { Card } from "./Card.tsx";
import style from "./LicenceEntry.module.css";

const fields = ["organisation", "customer_reference", "support_ends_on", "licence_ends_on", "note"] as const;
type Field = (typeof fields)[number];
type Values = Record<Field, string>;

const names: Record<Field, TextKey> = {
  organisation: "site.licence.organisation",
  customer_reference: "site.licence.reference",
  support_ends_on: "licence.entry.support",
  licence_ends_on: "licence.entry.licence",
  note: "licence.entry.note",
};
/* As the hub takes them. */
const most: Partial<Record<Field, number>> = { organisation: 120, customer_reference: 120, note: 2000 };

function valuesOf(entry: Entry | null): Values {
  return Object.fromEntries(fields.map((f) => [f, entry?.[f] ?? ""])) as Values;
}

/* What is typed of it, from which revision on. */
type EntryDraft = Draft<Values, number>;
const draftName = (site: Site) => `licence.${site.id}`;

function shown(text: Text, field: Field, value: string): string {
  return field.endsWith("_on") ? utcDay(text.locale, Date.parse(value)) : value;
}

function Written({ entry }: { entry: Entry | null }) {
  const text = useText();
  const said = fields.filter((f) => entry?.[f]);

  if (!entry || said.length === 0) return <p className={style.dim}>{text.t("licence.entry.none")}</p>;
  return (
    <>
      <dl className={style.written}>
        {said.map((f) => (
          <div key={f}>
            <dt>{text.t(names[f])}</dt>
            <dd dir="auto">{shown(text, f, entry[f]!)}</dd>
          </div>
        ))}
      </dl>
      <Signed by={entry.edited_by} at={entry.edited_at} />
    </>
  );
}

interface FormProps {
  site: Site;
  entry: Entry | null;
  begun: EntryDraft | null;
  done: () => void;
}

function Form({ site, entry, begun, done }: FormProps) {
  const text = useText();
  const { t } = text;
  const now = entry?.revision ?? 0;
  const { queryKey } = siteQuery(site.id);
  const [values, setValues] = useState(begun?.value ?? valuesOf(entry));
  const { base, busy, error, finish, submit, replace } = useEditing({
    draft: draftName(site),
    now,
    begun: begun?.base,
    put: async (revision) => {
      const trimmed = Object.fromEntries(fields.map((f) => [f, values[f].trim()])) as Values;
      const params = { path: { id: site.id } };
      await call(api.PUT("/api/v1/sites/{id}/licence", { params, body: { ...trimmed, revision } }));
      void queries.invalidateQueries({ queryKey: ["licences"] });
      await queries.invalidateQueries({ queryKey });
    },
    reread: () => queries.invalidateQueries({ queryKey }),
    done,
  });
  const overtaken = now !== base;

  const set = (field: Field, value: string) => {
    const next = { ...values, [field]: value };
    setValues(next);
    keepDraft(draftName(site), { value: next, base });
  };

  return (
    <form className={style.form} onSubmit={submit}>
      {begun && !overtaken && <p className={style.dim}>{t("note.draft")}</p>}
      {error && (
        <p role="alert" className={note.refused}>
          {errorText(text, error)}
        </p>
      )}
      {overtaken && (
        <Theirs title={t("licence.entry.theirs")} busy={busy} onReplace={replace} onDrop={finish}>
          <Written entry={entry} />
        </Theirs>
      )}
      {fields.map((f) => (
        <label key={f} className={style.field}>
          <span>{t(names[f])}</span>
          {f === "note" ? (
            <textarea name={f} rows={3} dir="auto" maxLength={most[f]} value={values[f]} onChange={(e) => set(f, e.currentTarget.value)} />
          ) : (
            <input
              name={f}
              type={f.endsWith("_on") ? "date" : "text"}
              dir="auto"
              autoComplete="off"
              maxLength={most[f]}
              value={values[f]}
              onChange={(e) => set(f, e.currentTarget.value)}
            />
          )}
        </label>
      ))}
      <div className={note.buttons}>
        <Button type="submit" size="xs" disabled={busy || overtaken}>
          {t("licence.entry.save")}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={finish}>
          {t("note.cancel")}
        </Button>
      </div>
    </form>
  );
}

export function LicenceEntry({ site }: { site: Site }) {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);
  const entry = site.licence?.provider ?? null;
  const [begun] = useState<EntryDraft | null>(() => keptDraft(draftName(site)));
  const [editing, setEditing] = useState(begun !== null);
  const may = me?.rights.includes("licences");

  return (
    <Card id="entry" title="licence.entry.title">
      <p className={style.dim}>{t("licence.entry.means")}</p>
      {editing && may ? (
        <Form site={site} entry={entry} begun={begun} done={() => setEditing(false)} />
      ) : (
        <>
          <Written entry={entry} />
          {may && (
            <Button size="xs" variant="default" onClick={() => setEditing(true)}>
              {t(entry ? "licence.entry.edit" : "licence.entry.write")}
            </Button>
          )}
        </>
      )}
    </Card>
  );
}
