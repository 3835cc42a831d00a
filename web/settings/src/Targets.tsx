/* Which devices and print services may be opened: each by name, at one address, looked at before. */
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Target } from "./api.ts";
import { Problem, useAction, useLoad } from "./parts.tsx";
import { TargetForm } from "./TargetForm.tsx";
import { TargetImport } from "./TargetImport.tsx";

const searchFrom = 12;

/* What is removed cannot be opened any more, by those neither who are in. */
function AskToRemove({ target, onYes, onNo }: { target: Target; onYes: () => void; onNo: () => void }) {
  const { t } = useText();
  const title = t("set.targets.remove.title", { name: target.name });

  return (
    <div className="risk" role="group" aria-label={title}>
      <p>
        <strong>{title}</strong> {t("set.targets.remove.risk")}
      </p>
      <div className="buttons">
        <button type="button" className="button danger" onClick={onYes}>
          {t("set.targets.remove.yes")}
        </button>
        <button type="button" className="button" autoFocus onClick={onNo}>
          {t("set.cancel")}
        </button>
      </div>
    </div>
  );
}

interface OneProps {
  target: Target;
  onTargets: (all: Target[]) => void;
  onRemoved: () => void;
}

/* What opens takes the keyboard's focus, and gives it back to the button that opened it. */
function One({ target, onTargets, onRemoved }: OneProps) {
  const { t } = useText();
  const { error, run } = useAction();
  const [open, setOpen] = useState<"change" | "remove" | null>(null);
  const change = useRef<HTMLButtonElement>(null);
  const remove = useRef<HTMLButtonElement>(null);
  const close = () => {
    const opener = open === "change" ? change : remove;
    flushSync(() => setOpen(null));
    opener.current?.focus();
  };

  if (open === "change")
    return (
      <li className="wide">
        <TargetForm target={target} onTargets={onTargets} onDone={close} />
      </li>
    );
  return (
    <li className={open ? "wide" : undefined}>
      <span>
        <strong>{target.name}</strong> <span className="dim">({t(`target.kind.${target.kind}`)})</span>
        <span className="means code">{target.address}</span>
        {target.tls === "plain" && <span className="means">{t("set.targets.is_plain")}</span>}
      </span>
      {open === "remove" ? (
        <AskToRemove
          target={target}
          onYes={() =>
            run(async () => {
              onTargets((await connector.removeTarget(target.id)).items);
              onRemoved();
            })
          }
          onNo={close}
        />
      ) : (
        <span className="links">
          <button
            type="button"
            className="link"
            ref={change}
            aria-label={t("set.targets.change.of", { name: target.name })}
            onClick={() => setOpen("change")}
          >
            {t("set.targets.change")}
          </button>
          <button
            type="button"
            className="link"
            ref={remove}
            aria-label={t("set.targets.remove.of", { name: target.name })}
            onClick={() => setOpen("remove")}
          >
            {t("set.targets.remove")}
          </button>
        </span>
      )}
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
  const list = useRef<HTMLParagraphElement>(null);
  const shown = items.filter((i) => `${i.name} ${i.address}`.toLowerCase().includes(wanted));

  return (
    <>
      <p ref={list} tabIndex={-1}>
        {t("set.targets.means")}
      </p>
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
          <One key={target.id} target={target} onTargets={setChanged} onRemoved={() => list.current?.focus()} />
        ))}
      </ul>
      <h3>{t("set.targets.one")}</h3>
      <TargetForm onTargets={setChanged} />
      <h3>{t("set.targets.many")}</h3>
      <TargetImport onTargets={setChanged} />
    </>
  );
}
