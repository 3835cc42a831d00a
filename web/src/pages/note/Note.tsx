/* The note of a site or a customer: plain text, shown as it is.
 *
 * What is typed is kept in this tab until it is saved, so that neither a reload nor a login that ends
 * loses it.  If somebody else has written meanwhile, theirs is shown beside and nothing is
 * overwritten until one says so. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { api, call, type Note } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { meQuery, noteQuery, queries, type NoteOf } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { Age } from "../../ui/Time.tsx";
import { forget, keep, kept, octets, type Draft } from "./draft.ts";
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
      {note.edited_at && (
        <div className={style.dim}>
          <Facts>
            {note.edited_by ?? t("site.change.nobody")}
            <Age at={note.edited_at} />
          </Facts>
        </div>
      )}
    </>
  );
}

interface TheirsProps {
  note: Note;
  busy: boolean;
  onReplace: () => void;
  onDrop: () => void;
}

function Theirs({ note, busy, onReplace, onDrop }: TheirsProps) {
  const { t } = useText();

  return (
    <section className={style.theirs} role="alert" aria-labelledby="note-theirs">
      <p>{t("note.theirs.why")}</p>
      <h3 id="note-theirs">{t("note.theirs")}</h3>
      {note.text ? <Written note={note} /> : <p>{t("note.theirs.empty")}</p>}
      <div className={style.buttons}>
        <Button size="xs" variant="default" disabled={busy} onClick={onReplace}>
          {t("note.theirs.replace")}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={onDrop}>
          {t("note.theirs.take")}
        </Button>
      </div>
    </section>
  );
}

function Left({ text }: { text: string }) {
  const { t, count } = useText();
  const left = most - octets(text);

  if (left >= near) return null;
  return <p className={style.dim}>{left < 0 ? t("note.too_long") : count("note.left", left)}</p>;
}

function put({ kind, id }: NoteOf, body: Draft): Promise<Note> {
  return kind === "sites"
    ? call(api.PUT("/api/v1/sites/{id}/note", { params: { path: { id } }, body }))
    : call(api.PUT("/api/v1/customers/{customer}/note", { params: { path: { customer: id } }, body }));
}

interface EditorProps {
  of: NoteOf;
  note: Note;
  begun: Draft | null;
  done: () => void;
}

function Editor({ of, note, begun, done }: EditorProps) {
  const words = useText();
  const { t } = words;
  const [text, setText] = useState(begun?.text ?? note.text);
  const [base, setBase] = useState(begun?.revision ?? note.revision);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const overtaken = note.revision !== base && note.text !== text;

  useEffect(() => area.current?.focus(), []);
  const finish = () => {
    forget(of.id);
    done();
  };
  const save = async (revision: number) => {
    setBusy(true);
    setError(null);
    try {
      queries.setQueryData(noteQuery(of).queryKey, await put(of, { text, revision }));
      finish();
    } catch (caught) {
      const problem = asApiError(caught);
      if (problem.code === "edited") await queries.invalidateQueries({ queryKey: noteQuery(of).queryKey });
      else setError(problem);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!overtaken) void save(base);
  };

  return (
    <form className={style.form} onSubmit={submit}>
      {begun && !overtaken && <p className={style.dim}>{t("note.draft")}</p>}
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(words, error)}
        </p>
      )}
      {overtaken && (
        <Theirs
          note={note}
          busy={busy}
          onReplace={() => {
            setBase(note.revision);
            void save(note.revision);
          }}
          onDrop={finish}
        />
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
          keep(of.id, { text: value, revision: base });
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
  const [begun] = useState(() => kept(of.id));
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
