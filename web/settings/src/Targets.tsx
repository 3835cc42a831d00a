/* Which devices and print services may be opened: each by name, at one address, looked at before. */
import { useState } from "react";
import { asApiError } from "../../src/api/error.ts";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Sight, type Target } from "./api.ts";
import { Problem, useAction, useLoad } from "./parts.tsx";

type Kind = "mfp" | "print_service";

/* What does not fit is said in its own words. */
function Refused({ error }: { error: unknown }) {
  const { find } = useText();
  const field = error ? asApiError(error).field : undefined;
  const words = field ? find(`target.problem.${field}`) : undefined;

  if (!words) return <Problem error={error} />;
  return (
    <p className="problem" role="alert">
      {words}
    </p>
  );
}

function One(props: { target: Target; onTargets: (all: Target[]) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const { target } = props;

  return (
    <li>
      <span>
        <strong>{target.name}</strong> ({t(`target.kind.${target.kind}`)}){" "}
        <span className="code">{target.address}</span>
      </span>
      <button
        type="button"
        className="link"
        aria-label={t("set.targets.remove.of", { name: target.name })}
        disabled={busy}
        onClick={() => run(async () => props.onTargets((await connector.removeTarget(target.id)).items))}
      >
        {t("set.targets.remove")}
      </button>
      <Problem error={error} />
    </li>
  );
}

/* What some devices cannot do otherwise: off unless somebody needs it. */
const oddities = ["old_tls", "bare_lf", "whole_bodies"] as const;
type Odd = Partial<Record<(typeof oddities)[number], boolean>>;

function Oddities(props: { odd: Odd; onChange: (odd: Odd) => void }) {
  const { t } = useText();

  return (
    <details>
      <summary>{t("set.targets.odd")}</summary>
      {oddities.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={props.odd[name] ?? false}
            onChange={(e) => props.onChange({ ...props.odd, [name]: e.target.checked })}
          />{" "}
          {t(`set.targets.odd.${name}`)}
        </label>
      ))}
    </details>
  );
}

/* What was seen there, before a yes. */
function Seen({ sight, secure }: { sight: Sight; secure: boolean }) {
  const { t, find } = useText();

  if (sight.code)
    return (
      <p className="problem" role="alert">
        {find(`error.${sight.code}`) ?? sight.code}
      </p>
    );
  if (!secure) return <p className="warn">{t("set.targets.plain")}</p>;
  return (
    <p role="status">
      {t(sight.vouched_for ? "set.targets.vouched" : "set.targets.certificate")}{" "}
      <span className="code">{sight.certificate}</span>
    </p>
  );
}

function Add(props: { onTargets: (all: Target[]) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("mfp");
  const [address, setAddress] = useState("");
  const [sight, setSight] = useState<Sight | null>(null);
  const [odd, setOdd] = useState<Odd>({});
  const secure = !address.startsWith("http://");
  const add = async () => {
    const tls = !secure ? "plain" : sight?.vouched_for ? "verify" : "pinned";
    const certificate = tls === "pinned" ? (sight?.certificate ?? undefined) : undefined;
    props.onTargets((await connector.putTarget({ name, kind, address, tls, certificate, ...odd })).items);
    setName("");
    setAddress("");
    setSight(null);
    setOdd({});
  };

  return (
    <form
      className="window-form"
      onSubmit={(e) => {
        e.preventDefault();
        run(sight && !sight.code ? add : async () => setSight(await connector.look(address, odd.old_tls ?? false)));
      }}
    >
      <label>
        {t("set.targets.name")}
        <input type="text" required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
      </label>
      <label>
        {t("set.targets.kind")}
        <select value={kind} onChange={(e) => setKind(e.target.value as Kind)}>
          <option value="mfp">{t("target.kind.mfp")}</option>
          <option value="print_service">{t("target.kind.print_service")}</option>
        </select>
      </label>
      <label>
        {t("set.targets.address")}
        <input
          type="text"
          required
          placeholder="https://192.0.2.7"
          spellCheck={false}
          value={address}
          onChange={(e) => {
            setAddress(e.target.value);
            setSight(null);
          }}
        />
      </label>
      <Oddities
        odd={odd}
        onChange={(next) => {
          setOdd(next);
          setSight(null);
        }}
      />
      {sight && <Seen sight={sight} secure={secure} />}
      <Refused error={error} />
      <div className="buttons">
        <button type="submit" className="button" disabled={busy}>
          {t(sight && !sight.code ? "set.targets.add" : "set.targets.look")}
        </button>
      </div>
    </form>
  );
}

export function Targets() {
  const { t } = useText();
  const { data, error } = useLoad(connector.targets);
  const [changed, setChanged] = useState<Target[] | null>(null);
  const items = changed ?? data?.items ?? [];

  return (
    <>
      <p>{t("set.targets.means")}</p>
      <Problem error={error} />
      {items.length === 0 && <p>{t("set.targets.none")}</p>}
      <ul className="stored">
        {items.map((target) => (
          <One key={target.id} target={target} onTargets={setChanged} />
        ))}
      </ul>
      <Add onTargets={setChanged} />
    </>
  );
}
