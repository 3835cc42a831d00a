/* The three switches: what each allows, in what mode, and what that means at this moment. */
import { useId, useState } from "react";
import { ageOf, bytes, say } from "../../src/text/format.ts";
import { useText, type TextKey } from "../../src/text/i18n.ts";
import { connector, type Mode, type Permission, type State, type Switch } from "./api.ts";
import { WeekHours } from "./Hours.tsx";
import { Choices, Problem, useAction, When } from "./parts.tsx";

interface Props {
  state: State;
  onState: (state: State) => void;
}

const hourS = 3600;
type Length = "8h" | "7d" | "never";
const seconds: Record<Length, number | undefined> = {
  "8h": 8 * hourS,
  "7d": 7 * 24 * hourS,
  never: undefined,
};

function Toggle(props: {
  on: boolean;
  says: TextKey;
  labelledBy: string;
  describedBy: string;
  onChange: (on: boolean) => void;
}) {
  const { t } = useText();
  return (
    <button
      type="button"
      role="switch"
      className="toggle"
      aria-checked={props.on}
      aria-labelledby={props.labelledBy}
      aria-describedby={props.describedBy}
      onClick={() => props.onChange(!props.on)}
    >
      <span className="toggle-track" aria-hidden>
        <span className="toggle-knob" />
      </span>
      <span>{t(props.says)}</span>
    </button>
  );
}

/* Also what is refused may hold: then the page shows it at once. */
async function take(onState: Props["onState"], turned: Promise<State>): Promise<void> {
  try {
    onState(await turned);
  } catch (e) {
    connector.state().then(onState, () => undefined);
    throw e;
  }
}

function Monitoring({ state, onState }: Props) {
  const text = useText();
  const { t } = text;
  const { error, run } = useAction();
  const id = useId();
  const on = state.permissions.monitoring.state === "on";
  const { sent_at, sent_bytes, waiting } = state.line;

  return (
    <article className="switch">
      <div className="switch-head">
        <h3 id={id}>{t("set.monitoring.title")}</h3>
        <Toggle
          on={on}
          says={on ? "set.switch.on" : "set.switch.off"}
          labelledBy={id}
          describedBy={`${id}-means`}
          onChange={(to) =>
            run(() => take(onState, connector.turn("monitoring", to ? "on" : "off")))
          }
        />
      </div>
      <p className="dim" id={`${id}-means`}>
        {t(on ? "set.monitoring.on" : "set.monitoring.off")}
      </p>
      <Unwritten is={state.permissions.monitoring} />
      {on && (
        <p className="live">
          {sent_at && sent_bytes !== null
            ? t("set.sent.last", {
                ago: say(text, ageOf(Date.parse(state.now), Date.parse(sent_at))),
                size: bytes(text.language, sent_bytes),
              })
            : t("set.sent.nothing")}
          {waiting > 0 && <> {text.count("set.sent.waiting", waiting)}</>}{" "}
          <a href="#ledger">{t("set.ledger.see")}</a> <a href="#fields">{t("set.fields.see")}</a>
        </p>
      )}
      <Problem error={error} />
    </article>
  );
}

/* `on` is a risk that has to be named before it is taken. */
function AskForOn(props: { name: string; onYes: (length: Length) => void; onNo: () => void }) {
  const { t } = useText();
  const [length, setLength] = useState<Length>("8h");

  return (
    <div className="risk" role="group" aria-label={t("set.on.title")}>
      <p>
        <strong>{t("set.on.title")}</strong> {t("set.on.risk", { provider: props.name })}
      </p>
      <Choices
        legend={t("set.on.length")}
        value={length}
        onChange={setLength}
        options={[
          { value: "8h", label: t("set.on.8h") },
          { value: "7d", label: t("set.on.7d") },
          { value: "never", label: t("set.on.never") },
        ]}
      />
      <div className="buttons">
        <button type="button" className="button danger" onClick={() => props.onYes(length)}>
          {t("set.on.yes")}
        </button>
        <button type="button" className="button" onClick={props.onNo}>
          {t("set.cancel")}
        </button>
      </div>
    </div>
  );
}

/* What a datetime-local field holds, for a moment. */
function local(at: number): string {
  const d = new Date(at);
  return new Date(at - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Windows(props: Props & { permission: Permission; is: Switch }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [open, setOpen] = useState(false);
  const now = Date.parse(props.state.now);
  const [from, setFrom] = useState(() => local(now));
  const [to, setTo] = useState(() => local(now + 4 * hourS * 1000));
  const grant = async () => {
    const iso = (s: string) => new Date(s).toISOString();
    props.onState(await connector.grant(props.permission, iso(from), iso(to)));
    setOpen(false);
  };

  return (
    <div className="windows">
      {props.is.windows.map((w) => (
        <p key={w.from + w.to} className="window">
          <span>
            {t("set.window.granted")} <When at={w.from} /> – <When at={w.to} />
          </span>
          <button
            type="button"
            className="link"
            disabled={busy}
            onClick={() =>
              run(async () => props.onState(await connector.ungrant(props.permission, w.from, w.to)))
            }
          >
            {t("set.window.end")}
          </button>
        </p>
      ))}
      {!open && (
        <button type="button" className="link" onClick={() => setOpen(true)}>
          {t("set.window.open")}
        </button>
      )}
      {open && (
        <form
          className="window-form"
          onSubmit={(e) => {
            e.preventDefault();
            run(grant);
          }}
        >
          <p className="dim">{t("set.window.means")}</p>
          <label>
            {t("set.window.from")}
            <input
              type="datetime-local"
              required
              value={from}
              onChange={(e) => setFrom(e.target.value)}
            />
          </label>
          <label>
            {t("set.window.to")}
            <input type="datetime-local" required value={to} onChange={(e) => setTo(e.target.value)} />
          </label>
          <div className="buttons">
            <button type="submit" className="button" disabled={busy}>
              {t("set.window.grant")}
            </button>
            <button type="button" className="button" onClick={() => setOpen(false)}>
              {t("set.cancel")}
            </button>
          </div>
        </form>
      )}
      <Problem error={error} wrong="set.window.wrong" />
    </div>
  );
}

function Visits({ permission, state, onState }: Props & { permission: "console" | "mfp" }) {
  const { t } = useText();
  const { error, run } = useAction();
  const [asking, setAsking] = useState(false);
  const id = useId();
  const is = state.permissions[permission];
  const name = state.provider ?? "?";
  const turn = (to: Mode, forS?: number) =>
    run(async () => {
      await take(onState, connector.turn(permission, to, forS));
      setAsking(false);
    });

  return (
    <article className="switch">
      <div className="switch-head">
        <h3 id={id}>{t(`set.${permission}.title`)}</h3>
        <Toggle
          on={is.set !== "off"}
          says={`set.switch.${is.state as Mode}`}
          labelledBy={id}
          describedBy={`${id}-means`}
          onChange={(on) => turn(on ? "ask" : "off")}
        />
      </div>
      <p className="dim" id={`${id}-means`}>
        {t(`set.${permission}.means`)}
      </p>
      <Unwritten is={is} />
      {is.set !== "off" && (
        <>
          <Choices
            legend={t("set.mode")}
            value={asking ? "on" : is.set}
            onChange={(to) => (to === "on" ? setAsking(is.set !== "on") : turn("ask"))}
            options={[
              { value: "ask", label: t("set.mode.ask"), means: t("set.mode.ask.means") },
              {
                value: "on",
                label: t("set.mode.on"),
                means: t("set.mode.on.means", { provider: name }),
              },
            ]}
          />
          {asking && (
            <AskForOn
              name={name}
              onYes={(length) => turn("on", seconds[length])}
              onNo={() => setAsking(false)}
            />
          )}
          {is.set === "on" && (
            <p className="warn">
              {is.until ? (
                <>
                  {t("set.on.until")} <When at={is.until} />.{" "}
                  {t(`set.on.then.${is.then === "ask" ? "ask" : "off"}`)}
                </>
              ) : (
                t("set.on.for_good")
              )}
            </p>
          )}
          {!asking && <WeekHours key={is.hours} permission={permission} is={is} onState={onState} />}
          {is.set === "ask" && !asking && (
            <Windows permission={permission} is={is} state={state} onState={onState} />
          )}
        </>
      )}
      <Problem error={error} />
    </article>
  );
}

/* With all three off: what is left, and the fourth button. */
function AllOff({ state, onState }: Props) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const p = state.permissions;
  const provider = state.provider ?? "?";

  if ([p.monitoring, p.console, p.mfp].some((s) => s.set !== "off")) return null;
  return (
    <div className="all-off" role="status">
      <p>
        <strong>{t(p.silent ? "set.silent.title" : "set.all_off.title")}</strong>{" "}
        {t(p.silent ? "set.silent.means" : "set.all_off.means", { provider })}
      </p>
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={() => run(() => take(onState, connector.contact(p.silent)))}
      >
        {t(p.silent ? "set.silent.end" : "set.all_off.silence")}
      </button>
      <Problem error={error} />
    </div>
  );
}

/* What holds and is in no file yet. */
function Unwritten({ is }: { is: Switch }) {
  const { t } = useText();
  if (!is.unwritten) return null;
  return (
    <p className="warn" role="status">
      {t("set.unwritten")}
    </p>
  );
}

export function Switches(props: Props) {
  const { t } = useText();
  const p = props.state.permissions;
  const online = props.state.line.online;

  return (
    <section aria-labelledby="allowed">
      <h2 id="allowed">{t("set.allowed", { provider: props.state.provider ?? "?" })}</h2>
      {p.lost && (
        <p className="problem" role="alert">
          {t("set.lost")}
        </p>
      )}
      <Monitoring {...props} />
      <Visits permission="console" {...props} />
      <Visits permission="mfp" {...props} />
      <AllOff {...props} />
      {!p.silent && (
        <p className="dim" role="status">
          {t((p.told ? "set.told" : online ? "set.telling" : "set.not_told") as TextKey, {
            provider: props.state.provider ?? "?",
          })}
        </p>
      )}
    </section>
  );
}
