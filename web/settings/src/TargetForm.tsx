/* One device: typed or changed, and looked at before it counts. */
import { useState } from "react";
import { asApiError } from "../../src/api/error.ts";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Sight, type Target, type TargetIn } from "./api.ts";
import { spelt } from "./host.ts";
import { Problem, useAction } from "./parts.tsx";

type Kind = "mfp" | "print_service";
type Oddity = "old_tls" | "whole_bodies";
const oddities: Oddity[] = ["old_tls", "whole_bodies"];

/* What does not fit is said in its own words. */
export function Refused({ error }: { error: unknown }) {
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

/* What was seen there, before a yes. */
function Seen({ sight, secure, before }: { sight: Sight; secure: boolean; before?: string | null }) {
  const { t, find } = useText();

  if (sight.code)
    return (
      <p className="problem" role="alert">
        {find(`error.${sight.code}`) ?? sight.code}
      </p>
    );
  if (!secure) return <p className="warn">{t("set.targets.plain")}</p>;
  return (
    <p role="status" className={before && before !== sight.certificate ? "warn" : undefined}>
      {before && before !== sight.certificate && <strong>{t("set.targets.other_certificate")} </strong>}
      {t(sight.vouched_for ? "set.targets.vouched" : "set.targets.certificate")} <span className="code">{sight.certificate}</span>
    </p>
  );
}

export function isPlain(address: string): boolean {
  return /^http:\/\//i.test(address);
}

/* How a target is reached, by what was seen at its address. */
export function secured(address: string, sight: Sight): Pick<TargetIn, "tls" | "certificate"> {
  if (isPlain(address)) return { tls: "plain" };
  return sight.vouched_for ? { tls: "verify" } : { tls: "pinned", certificate: sight.certificate ?? undefined };
}

/* What some devices cannot do otherwise: off unless somebody needs it. */
function Oddities({ odd, onChange }: { odd: Oddity[]; onChange: (odd: Oddity[]) => void }) {
  const { t } = useText();

  return (
    <details className="odd" open={odd.length > 0 || undefined}>
      <summary>{t("set.targets.odd")}</summary>
      {oddities.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={odd.includes(name)}
            onChange={(e) => onChange(e.target.checked ? [...odd, name] : odd.filter((o) => o !== name))}
          />
          {t(`set.targets.odd.${name}`)}
        </label>
      ))}
    </details>
  );
}

/* What was seen, and what it was asked with. */
interface Look {
  address: string;
  odd: Oddity[];
  sight: Sight;
}

/* Of what stands there now: another address, or the same one asked otherwise, has not been looked at. */
function sightOf(look: Look | null, address: string, odd: Oddity[]): Sight | null {
  const same = look?.address === address && oddities.every((o) => look.odd.includes(o) === odd.includes(o));
  return same ? look.sight : null;
}

interface Props {
  /* To be changed; none: a new one. */
  target?: Target;
  onTargets: (all: Target[]) => void;
  onDone?: () => void;
}

export function TargetForm({ target, onTargets, onDone }: Props) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [name, setName] = useState(target?.name ?? "");
  const [kind, setKind] = useState<Kind>((target?.kind as Kind) ?? "mfp");
  const [address, setAddress] = useState(target?.address ?? "");
  const [odd, setOdd] = useState<Oddity[]>(oddities.filter((o) => target?.[o]));
  const [looked, setLooked] = useState<Look | null>(null);
  const sight = sightOf(looked, address, odd);
  /* As long as its address is the old one, it needs no new look. */
  const known = target !== undefined && address === target.address;
  const ready = (sight && !sight.code) || (known && !sight);
  const id = target?.id ?? "new";

  const save = async () => {
    const how = sight ? secured(address, sight) : { tls: target!.tls, certificate: target!.certificate ?? undefined };
    const switches = Object.fromEntries(oddities.map((o) => [o, odd.includes(o)]));
    onTargets((await connector.putTarget({ ...(target && { id: target.id }), name, kind, address, ...how, ...switches })).items);
    setName("");
    setAddress("");
    setLooked(null);
    setOdd([]);
    onDone?.();
  };
  const look = () =>
    run(async () => {
      const at = spelt(address);
      setAddress(at);
      setLooked({ address: at, odd, sight: await connector.look(at, odd.includes("old_tls")) });
    });

  return (
    <form
      className="window-form target"
      onSubmit={(e) => {
        e.preventDefault();
        if (ready) run(save);
        else look();
      }}
    >
      <label htmlFor={`${id}-name`}>{t("set.targets.name")}</label>
      <input id={`${id}-name`} type="text" required autoFocus={target !== undefined} maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
      <label htmlFor={`${id}-kind`}>{t("set.targets.kind")}</label>
      <select id={`${id}-kind`} value={kind} onChange={(e) => setKind(e.target.value as Kind)}>
        <option value="mfp">{t("target.kind.mfp")}</option>
        <option value="print_service">{t("target.kind.print_service")}</option>
      </select>
      <label htmlFor={`${id}-address`}>{t("set.targets.address")}</label>
      <input
        id={`${id}-address`}
        type="text"
        required
        placeholder="https://192.0.2.7"
        spellCheck={false}
        value={address}
        onChange={(e) => setAddress(e.target.value.trim())}
      />
      <Oddities odd={odd} onChange={setOdd} />
      {sight && <Seen sight={sight} secure={!isPlain(address)} before={known ? target.certificate : undefined} />}
      <Refused error={error} />
      <div className="buttons">
        <button type="submit" className="button main" disabled={busy}>
          {t(target && ready ? "set.targets.save" : sight && !sight.code ? "set.targets.add" : "set.targets.look")}
        </button>
        {known && !sight && (
          <button type="button" className="button" disabled={busy} onClick={look}>
            {t("set.targets.look_again")}
          </button>
        )}
        {onDone && (
          <button type="button" className="button" onClick={onDone}>
            {t("set.cancel")}
          </button>
        )}
      </div>
    </form>
  );
}
