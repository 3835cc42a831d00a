/* Which devices and print services may be opened: each by name, at one address, looked at before. */
import { useState } from "react";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Target } from "./api.ts";
import { Problem, useAction, useLoad } from "./parts.tsx";
import { TargetForm } from "./TargetForm.tsx";
import { TargetImport } from "./TargetImport.tsx";

const searchFrom = 12;

function One(props: { target: Target; onTargets: (all: Target[]) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [editing, setEditing] = useState(false);
  const { target, onTargets } = props;

  if (editing)
    return (
      <li className="wide">
        <TargetForm target={target} onTargets={onTargets} onDone={() => setEditing(false)} />
      </li>
    );
  return (
    <li>
      <span>
        <strong>{target.name}</strong> <span className="dim">({t(`target.kind.${target.kind}`)})</span>
        <span className="means code">{target.address}</span>
        {target.tls === "plain" && <span className="means">{t("set.targets.is_plain")}</span>}
      </span>
      <span className="links">
        <button type="button" className="link" aria-label={t("set.targets.change.of", { name: target.name })} onClick={() => setEditing(true)}>
          {t("set.targets.change")}
        </button>
        <button
          type="button"
          className="link"
          aria-label={t("set.targets.remove.of", { name: target.name })}
          disabled={busy}
          onClick={() => run(async () => onTargets((await connector.removeTarget(target.id)).items))}
        >
          {t("set.targets.remove")}
        </button>
      </span>
      <Problem error={error} />
    </li>
  );
}

export function Targets() {
  const text = useText();
  const { t } = text;
  const { data, error } = useLoad(connector.targets);
  const [changed, setChanged] = useState<Target[] | null>(null);
  const [search, setSearch] = useState("");
  const items = changed ?? data?.items ?? [];
  const wanted = search.trim().toLowerCase();
  const shown = items.filter((i) => `${i.name} ${i.address}`.toLowerCase().includes(wanted));

  return (
    <>
      <p>{t("set.targets.means")}</p>
      <Problem error={error} />
      {data && items.length === 0 && <p>{t("set.targets.none")}</p>}
      {items.length >= searchFrom && (
        <>
          <label htmlFor="target-search">{text.count("set.targets.search", items.length)}</label>
          <input id="target-search" type="text" value={search} onChange={(e) => setSearch(e.target.value)} />
        </>
      )}
      <ul className="stored rows">
        {shown.map((target) => (
          <One key={target.id} target={target} onTargets={setChanged} />
        ))}
      </ul>
      <h3>{t("set.targets.one")}</h3>
      <TargetForm onTargets={setChanged} />
      <h3>{t("set.targets.many")}</h3>
      <TargetImport onTargets={setChanged} />
    </>
  );
}
