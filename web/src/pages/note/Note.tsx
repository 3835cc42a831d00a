/* The note of a site or a customer: plain text, shown as it is.
 *
 * What is typed is kept in this tab until it is saved, so that neither a reload nor a login that ends
 * loses it.  If somebody else has written meanwhile, theirs is shown beside and nothing is
 * overwritten until one says so. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, call, type Note } from "../../api/client.ts";
import { errorText } from "../../api/error.ts";
import { meQuery, noteQuery, queries, type NoteOf } from "../../api/queries.ts";
import { octets } from "../../text/format.ts";
import { useText } from "../../text/i18n.ts";
import { keepDraft, keptDraft, type Draft } from "../../ui/draft.ts";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { Signed, Theirs, useEditing } from "./editing.tsx";
import style from "./Note.module.css";

const most = 8 * 1024;
/* From here on it is said how much room is left. */
const near = 1024;

function Written({ note }: { note: Note }) {
  const { t } = useText();

  if (!note.text) return <p className={style.dim}>{t("note.none")}</p>;
  return (
    <>
      <div className={style.text} dir="auto">
        {note.text}
      </div>
      <Signed by={note.edited_by} at={note.edited_at} />
    </>
  );
}

function Left({ text }: { text: string }) {
  const { t, count } = useText();
  const left = most - octets(text);

  if (left >= near) return null;
  return <p className={style.dim}>{left < 0 ? t("note.too_long") : count("note.left", left)}</p>;
}

function put({ kind, id }: NoteOf, body: { text: string; revision: number }): Promise<Note> {
  return kind === "sites"
    ? call(api.PUT("/api/v1/sites/{id}/note", { params: { path: { id } }, body }))
    : call(api.PUT("/api/v1/customers/{customer}/note", { params: { path: { customer: id } }, body }));
}

/* What is typed of it, from which revision on. */
type NoteDraft = Draft<string, number>;
const draftName = ({ id }: NoteOf) => `note.${id}`;

interface EditorProps {
  of: NoteOf;
  note: Note;
  begun: NoteDraft | null;
  done: () => void;
}

function Editor({ of, note, begun, done }: EditorProps) {
  const words = useText();
  const { t } = words;
  const [text, setText] = useState(begun?.value ?? note.text);
  const { base, busy, error, finish, submit, replace } = useEditing({
    draft: draftName(of),
    now: note.revision,
    begun: begun?.base,
    put: async (revision) => queries.setQueryData(noteQuery(of).queryKey, await put(of, { text, revision })),
    reread: () => queries.invalidateQueries({ queryKey: noteQuery(of).queryKey }),
    done,
  });
  const area = useRef<HTMLTextAreaElement>(null);
  const overtaken = note.revision !== base && note.text !== text;

  useEffect(() => area.current?.focus(), []);
  return (
    <form className={style.form} onSubmit={submit}>
      {begun && !overtaken && <p className={style.dim}>{t("note.draft")}</p>}
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(words, error)}
        </p>
      )}
      {overtaken && (
        <Theirs title={t("note.theirs")} busy={busy} why={t("note.theirs.why")} onReplace={replace} onDrop={finish}>
          {note.text ? <Written note={note} /> : <p>{t("note.theirs.empty")}</p>}
        </Theirs>
      )}
      <textarea
        ref={area}
        className={style.area}
        aria-label={t("note.text")}
        dir="auto"
        rows={8}
        value={text}
        onChange={({ currentTarget: { value } }) => {
          setText(value);
          keepDraft(draftName(of), { value, base });
        }}
      />
      <Left text={text} />
      <div className={style.buttons}>
        <Button type="submit" size="xs" disabled={busy || overtaken || octets(text) > most}>
          {t("note.save")}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={finish}>
          {t("note.cancel")}
        </Button>
      </div>
    </form>
  );
}

export function NoteCard({ of }: { of: NoteOf }) {
  const { t } = useText();
  const { data: note, error, refetch } = useQuery(noteQuery(of));
  const { data: me } = useQuery(meQuery);
  const [begun] = useState<NoteDraft | null>(() => keptDraft(draftName(of)));
  const [editing, setEditing] = useState(begun !== null);
  const may = me?.rights.includes("notes");

  if (!note && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!note) return <Waiting />;
  return (
    <section className={style.card} aria-labelledby="note">
      <div className={style.top}>
        <h2 id="note">{t("note.title")}</h2>
        <span className={style.dim}>{t("note.means")}</span>
      </div>
      {editing && may ? (
        <Editor of={of} note={note} begun={begun} done={() => setEditing(false)} />
      ) : (
        <>
          <Written note={note} />
          {may && (
            <Button size="xs" variant="default" onClick={() => setEditing(true)}>
              {t(note.text ? "note.edit" : "note.write")}
            </Button>
          )}
        </>
      )}
    </section>
  );
}
