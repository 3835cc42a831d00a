/* Hours of the week in which a kind of visit may be: outside of them less holds. */
import { useState } from "react";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Mode, type Permission, type State, type Switch } from "./api.ts";
import { Problem, useAction } from "./parts.tsx";
import { days, read, write, type Day, type Entry } from "./week.ts";

const entriesMax = 14;
/* Mondays to Sundays of some week, for their names. */
const monday = Date.UTC(2024, 0, 1);

function dayName(language: string, day: Day, style: "short" | "long"): string {
  const at = monday + days.indexOf(day) * 86_400_000;
  return new Intl.DateTimeFormat(language, { weekday: style, timeZone: "UTC" }).format(at);
}

/* "Mon–Fri", "Sat, Sun". */
function daysWords(language: string, some: Day[]): string {
  const out: string[] = [];
  for (let i = 0; i < days.length; i++) {
    if (!some.includes(days[i]!)) continue;
    let last = i;
    while (last + 1 < days.length && some.includes(days[last + 1]!)) last++;
    const name = (at: number) => dayName(language, days[at]!, "short");
    if (last > i + 1) out.push(`${name(i)}–${name(last)}`);
    else for (let k = i; k <= last; k++) out.push(name(k));
    i = last;
  }
  return out.join(", ");
}

function Row({ entry, onEntry, onRemove }: { entry: Entry; onEntry: (entry: Entry) => void; onRemove?: () => void }) {
  const { t, language } = useText();
  const turn = (day: Day) =>
    onEntry({ ...entry, days: entry.days.includes(day) ? entry.days.filter((d) => d !== day) : [...entry.days, day] });

  return (
    <fieldset className="hours">
      <legend className="sr-only">{t("set.hours.entry")}</legend>
      <div className="days">
        {days.map((day) => (
          <label key={day} title={dayName(language, day, "long")}>
            <input type="checkbox" checked={entry.days.includes(day)} onChange={() => turn(day)} />
            {dayName(language, day, "short")}
          </label>
        ))}
      </div>
      <label>
        {t("set.window.from")}
        <input type="time" required value={entry.from} onChange={(e) => onEntry({ ...entry, from: e.target.value })} />
      </label>
      <label>
        {t("set.window.to")}
        <input
          type="time"
          required
          value={entry.to === "24:00" ? "00:00" : entry.to}
          onChange={(e) => onEntry({ ...entry, to: e.target.value })}
        />
      </label>
      {onRemove && (
        <button type="button" className="link" onClick={onRemove}>
          {t("set.hours.remove")}
        </button>
      )}
    </fieldset>
  );
}

interface Props {
  permission: Permission;
  is: Switch;
  onState: (state: State) => void;
}

function Form({ permission, is, onState, onDone }: Props & { onDone: () => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [entries, setEntries] = useState<Entry[]>(() => {
    const now = read(is.hours);
    return now.length > 0 ? now : [{ days: ["mo", "tu", "we", "th", "fr"], from: "08:00", to: "17:00" }];
  });
  const [outside, setOutside] = useState<Mode>(is.outside as Mode);
  const set = (at: number, entry: Entry) => setEntries(entries.map((e, i) => (i === at ? entry : e)));
  const save = (text: string) =>
    run(async () => {
      onState(await connector.hours(permission, text, outside));
      onDone();
    });

  return (
    <form
      className="window-form"
      onSubmit={(e) => {
        e.preventDefault();
        save(write(entries));
      }}
    >
      <p className="dim">{t("set.hours.means")}</p>
      {entries.map((entry, i) => (
        <Row
          key={i}
          entry={entry}
          onEntry={(e) => set(i, e)}
          onRemove={entries.length > 1 ? () => setEntries(entries.filter((_, k) => k !== i)) : undefined}
        />
      ))}
      {is.set === "on" && (
        <label>
          {t("set.hours.outside")}
          <select value={outside} onChange={(e) => setOutside(e.target.value as Mode)}>
            <option value="off">{t("set.hours.outside.off")}</option>
            <option value="ask">{t("set.hours.outside.ask")}</option>
          </select>
        </label>
      )}
      {error != null && <Problem error={error} />}
      <div className="buttons">
        <button type="submit" className="button main" disabled={busy || entries.some((e) => e.days.length === 0)}>
          {t("set.hours.set")}
        </button>
        {entries.length < entriesMax && (
          <button type="button" className="button" onClick={() => setEntries([...entries, { days: ["sa"], from: "09:00", to: "12:00" }])}>
            {t("set.hours.more")}
          </button>
        )}
        {is.hours && (
          <button type="button" className="button" disabled={busy} onClick={() => save("")}>
            {t("set.hours.none")}
          </button>
        )}
        <button type="button" className="button" onClick={onDone}>
          {t("set.cancel")}
        </button>
      </div>
    </form>
  );
}

export function WeekHours(props: Props) {
  const { t, language } = useText();
  const [open, setOpen] = useState(false);
  const { is } = props;

  return (
    <div className="windows">
      {is.hours && (
        <p className={is.state === is.set ? undefined : "note"}>
          {t("set.hours.are")}{" "}
          {read(is.hours)
            .map((e) => `${daysWords(language, e.days)} ${e.from}–${e.to}`)
            .join("; ")}
          . {t(is.outside === "ask" && is.set === "on" ? "set.hours.then.ask" : "set.hours.then.off")}
        </p>
      )}
      {open ? (
        <Form {...props} onDone={() => setOpen(false)} />
      ) : (
        <button type="button" className="link" onClick={() => setOpen(true)}>
          {t(is.hours ? "set.hours.change" : "set.hours.open")}
        </button>
      )}
    </div>
  );
}
