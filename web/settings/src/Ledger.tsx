/* Everything that was sent, newest first; each record opens field by field, and as exact bytes. */
import { useEffect, useState } from "react";
import { bytes } from "../../src/text/format.ts";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Ledger as Page, type Record_, type State } from "./api.ts";
import { flatten, type Field } from "./flatten.ts";
import { Problem, useAction, When } from "./parts.tsx";

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  URL.revokeObjectURL(url);
}

function FieldTable({ fields, kind }: { fields: Field[]; kind: string }) {
  const { t, find } = useText();
  return (
    <table className="fields">
      <thead>
        <tr>
          <th scope="col">{t("set.record.field")}</th>
          <th scope="col">{t("set.record.value")}</th>
          <th scope="col">{t("set.record.purpose")}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((f) => (
          <tr key={f.place}>
            <td className="code">{f.place}</td>
            <td className="value">{f.value}</td>
            <td>
              {kind === "gap"
                ? t("set.record.gap")
                : (find(`report.${f.path}`) ?? t("set.record.no_purpose"))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Opened({ record }: { record: Record_ }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [text, setText] = useState<string | null>(null);

  useEffect(() => {
    run(async () => setText(await connector.record(record)));
    // Asked for once: a record never changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const { fields, cut } = text === null ? { fields: [], cut: false } : flatten(text);
  return (
    <div className="opened">
      {busy && <p className="dim">{t("ui.loading")}</p>}
      <Problem error={error} />
      {text !== null && (
        <>
          <FieldTable fields={fields} kind={record.kind} />
          {cut && <p className="dim">{t("set.record.cut")}</p>}
          <button
            type="button"
            className="button"
            onClick={() => save(`${record.epoch.slice(0, 8)}-${record.seq}.json`, text)}
          >
            {t("set.record.save")}
          </button>
        </>
      )}
    </div>
  );
}

function Row({ record }: { record: Record_ }) {
  const text = useText();
  const [open, setOpen] = useState(false);
  const what =
    record.kind === "gap"
      ? text.t("set.record.is_gap")
      : record.purposes.map((p) => text.find(`set.section.${p}`) ?? p).join(", ");

  return (
    <li>
      <button
        type="button"
        className="record"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="record-at">
          <When at={record.at} />
        </span>
        <span className="record-what">{what}</span>
        <span className="record-size">{bytes(text.language, record.bytes)}</span>
        <span className="record-state" data-state={record.state}>
          {text.t(`set.record.${record.state}`)}
        </span>
      </button>
      {open && <Opened record={record} />}
    </li>
  );
}

function keyOf(r: Record_): string {
  return `${r.epoch}-${r.seq}`;
}

export function Ledger({ state }: { state: State }) {
  const text = useText();
  const { t } = text;
  const { busy, error, run } = useAction();
  const [rows, setRows] = useState<Record_[]>([]);
  const [next, setNext] = useState<Page["next"]>(null);
  const [read, setRead] = useState(false);
  const fresh = () =>
    run(async () => {
      const page = await connector.ledger();
      setRows(page.items);
      setNext(page.next);
      setRead(true);
    });
  const more = () =>
    run(async () => {
      const page = await connector.ledger(next);
      setRows((before) => [...before, ...page.items]);
      setNext(page.items.length > 0 ? page.next : null);
    });

  /* What was sent since is asked for anew, unless somebody has gone on to older ones. */
  useEffect(fresh, [state.line.sent_at]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <>
      <p className="dim">
        {t("set.ledger.means", {
          size: bytes(text.language, state.ledger.bytes),
          max: bytes(text.language, state.ledger.max_bytes),
          days: Math.round(state.ledger.keep_ms / 86_400_000),
        })}
      </p>
      {read && rows.length === 0 && <p>{t("set.ledger.none")}</p>}
      <ol className="records">
        {rows.map((r) => (
          <Row key={keyOf(r)} record={r} />
        ))}
      </ol>
      <Problem error={error} />
      {next && (
        <button type="button" className="button" disabled={busy} onClick={more}>
          {t("set.ledger.older")}
        </button>
      )}
    </>
  );
}
