/* Many devices at once: candidates line by line, each looked at before it is added; what cannot be says why. */
import { useState } from "react";
import { asApiError } from "../../src/api/error.ts";
import { tableText } from "../../src/text/decode.ts";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Candidate, type Target } from "./api.ts";
import { Problem, useAction } from "./parts.tsx";
import { secured } from "./TargetForm.tsx";

/* What has become of a line. */
interface Line {
  candidate: Candidate;
  chosen: boolean;
  name: string;
  is: "waits" | "looking" | "added" | "failed";
  why?: string;
}

/* How a device is to be spoken with, or why it cannot be said. */
type Seen = ReturnType<typeof secured> | { failed: string };

const atOnce = 4;

function linesOf(items: Candidate[]): Line[] {
  return items.map((candidate) => ({ candidate, chosen: candidate.problem === null, name: candidate.name ?? "", is: "waits" }));
}

function Verdict({ line }: { line: Line }) {
  const { t, find } = useText();
  const problem = line.candidate.problem;
  if (problem) return <span className="means bad">{find(`target.problem.${problem}`) ?? problem}</span>;
  if (line.is === "failed") return <span className="means bad">{find(`target.problem.${line.why}`) ?? find(`error.${line.why}`) ?? line.why}</span>;
  if (line.is === "waits") return null;
  return <span className="means">{t(line.is === "added" ? "set.targets.added" : "set.targets.looking")}</span>;
}

function Lines({ lines, setLines, onTargets }: { lines: Line[]; setLines: (f: (old: Line[]) => Line[]) => void; onTargets: (all: Target[]) => void }) {
  const text = useText();
  const { t } = text;
  const { busy, run } = useAction();
  const set = (at: number, part: Partial<Line>) => setLines((old) => old.map((l, i) => (i === at ? { ...l, ...part } : l)));
  const todo = lines.flatMap((l, i) => (l.chosen && !l.candidate.problem && l.is !== "added" ? [i] : []));

  /* A certificate that the table names is taken as it stands; else the one that is shown now. */
  const lookAt = async ({ candidate }: Line): Promise<Seen> => {
    const given = candidate.certificate ?? undefined;
    if (given || candidate.tls === "plain") return { tls: candidate.tls!, certificate: given };
    try {
      const sight = await connector.look(candidate.address!, false);
      return sight.code ? { failed: sight.code } : secured(candidate.address!, sight);
    } catch (error) {
      return { failed: asApiError(error).code };
    }
  };
  const addOne = async (at: number, seen: Seen) => {
    const { candidate, name } = lines[at]!;
    if ("failed" in seen) return set(at, { is: "failed", why: seen.failed });
    try {
      onTargets((await connector.putTarget({ name, kind: candidate.kind!, address: candidate.address!, ...seen })).items);
      set(at, { is: "added", chosen: false });
    } catch (error) {
      const { code, field } = asApiError(error);
      set(at, { is: "failed", why: field ?? code });
    }
  };
  /* Looking is what takes long, so several at once; adding is one after the other, in the order of the lines. */
  const addAll = async () => {
    const looks: Promise<Seen>[] = [];
    todo.forEach((at, i) => {
      looks.push(
        Promise.resolve(looks[i - atOnce]).then(() => {
          set(at, { is: "looking" });
          return lookAt(lines[at]!);
        }),
      );
    });
    for (const [i, at] of todo.entries()) await addOne(at, await looks[i]!);
  };

  if (lines.length === 0) return <p role="status">{t("set.targets.import.none")}</p>;
  return (
    <>
      <p className="dim">{t("set.targets.import.means")}</p>
      <ul className="stored candidates">
        {lines.map((line, i) => (
          <li key={line.candidate.line} data-is={line.candidate.problem ? "failed" : line.is}>
            <label>
              <input
                type="checkbox"
                checked={line.chosen}
                disabled={busy || line.candidate.problem !== null || line.is === "added"}
                aria-label={t("set.targets.import.choose", { name: line.name || String(line.candidate.line) })}
                onChange={(e) => set(i, { chosen: e.target.checked })}
              />
            </label>
            <span>
              <strong>{line.name || t("set.targets.import.line", { line: line.candidate.line })}</strong> <span className="code">{line.candidate.address}</span>
              <Verdict line={line} />
            </span>
          </li>
        ))}
      </ul>
      {(busy || todo.length > 0) && (
        <button type="button" className="button main" disabled={busy} onClick={() => run(addAll)}>
          {text.count("set.targets.import.add", todo.length)}
        </button>
      )}
    </>
  );
}

function Table({ onLines }: { onLines: (lines: Line[]) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [text, setText] = useState("");

  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        run(async () => onLines(linesOf((await connector.table(text)).items)));
      }}
    >
      <label htmlFor="table">{t("set.targets.table")}</label>
      <textarea
        id="table"
        rows={5}
        required
        spellCheck={false}
        className="code"
        placeholder={"name,kind,address,tls\nMFP 2nd floor,mfp,https://192.0.2.7,pinned"}
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
      <p className="dim">{t("set.targets.table.help")}</p>
      <p>
        <label htmlFor="table-file">{t("set.targets.table.file")}</label>{" "}
        <input
          id="table-file"
          type="file"
          accept=".csv,text/csv,text/plain"
          onChange={(e) => {
            const file = e.target.files?.[0];
            if (file) void file.arrayBuffer().then((data) => setText(tableText(data)));
          }}
        />
      </p>
      {error && asApiError(error).field === "text" ? (
        <p className="problem" role="alert">
          {t(asApiError(error).code === "too_large" ? "target.problem.too_many" : "set.targets.table.bad")}
        </p>
      ) : (
        <Problem error={error} />
      )}
      <button type="submit" className="button" disabled={busy || text.trim() === ""}>
        {t("set.targets.table.read")}
      </button>
    </form>
  );
}

export function TargetImport({ onTargets }: { onTargets: (all: Target[]) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [way, setWay] = useState<"queues" | "table" | null>(null);
  const [lines, setLines] = useState<Line[] | null>(null);
  const begin = (to: "queues" | "table") => {
    setWay(to);
    setLines(null);
    if (to === "queues") run(async () => setLines(linesOf((await connector.queues()).items)));
  };

  return (
    <div className="import">
      <div className="buttons">
        <button type="button" className="button" disabled={busy} aria-pressed={way === "queues"} onClick={() => begin("queues")}>
          {t("set.targets.from_queues")}
        </button>
        <button type="button" className="button" disabled={busy} aria-pressed={way === "table"} onClick={() => begin("table")}>
          {t("set.targets.from_table")}
        </button>
      </div>
      {way === "queues" && error != null && (
        <p className="problem" role="alert">
          {t("set.targets.no_queues")}
        </p>
      )}
      {way === "table" && !lines && <Table onLines={setLines} />}
      {lines && <Lines lines={lines} setLines={(f) => setLines((old) => f(old ?? []))} onTargets={onTargets} />}
    </div>
  );
}
