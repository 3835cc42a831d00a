/* What becomes of a customer or a site that is not looked after any more: put aside, taken back,
 * erased.  Each of the first and the last says what it means before it is done. */
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { meQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { Day } from "../../ui/Time.tsx";
import style from "../invite/Invite.module.css";
import { readAgain, verbs, type Kind } from "./verbs.ts";

interface Props {
  kind: Kind;
  id: string;
  name: string;
  archivedAt: string | null;
  /* The site is archived because its customer is. */
  withCustomer?: boolean;
  /* Shown within the archive: there is no need of a link to it. */
  inArchive?: boolean;
}

interface ConfirmProps extends Props {
  verb: "archive" | "erase";
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
}

function Confirm({ kind, name, verb, busy, onYes, onNo }: ConfirmProps) {
  const { t } = useText();
  const [typed, setTyped] = useState("");
  const sure = verb === "archive" || typed.trim() === name.trim();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sure && !busy) onYes();
  };
  return (
    <form className={style.form} onSubmit={submit}>
      <p>{t(`archive.${verb}.${kind}`)}</p>
      {verb === "erase" && (
        <TextInput
          label={t("archive.erase.name", { name })}
          autoFocus
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <div className={style.buttons}>
        <Button type="submit" className={style.danger} disabled={!sure || busy}>
          {t(`archive.${verb}`)}
        </Button>
        <Button variant="default" onClick={onNo}>
          {t("invite.cancel")}
        </Button>
      </div>
    </form>
  );
}

export function ArchiveActions(props: Props) {
  const { kind, id, name, archivedAt, withCustomer, inArchive } = props;
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"archive" | "erase" | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const may = (right: string) => me?.rights.includes(right) ?? false;

  const run = async (verb: "archive" | "back" | "erase") => {
    setBusy(true);
    setError(null);
    try {
      await verbs[kind][verb](id);
      setAsked(null);
      if (verb === "erase") await navigate({ to: "/archive" });
      await readAgain();
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };

  if (!may("archive") && !may("erase")) return null;
  return (
    <section className={style.card} aria-label={t("archive.of", { name })}>
      <h2>{t("archive.title")}</h2>
      {archivedAt ? (
        <p>
          {t("archive.since")} <Day at={archivedAt} />. {t(withCustomer ? "archive.with_customer" : "archive.back.means")}
        </p>
      ) : (
        <p>{t(`archive.${kind}.means`)}</p>
      )}
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      {asked ? (
        <Confirm {...props} verb={asked} busy={busy} onYes={() => void run(asked)} onNo={() => setAsked(null)} />
      ) : (
        <div className={style.buttons}>
          {!archivedAt && may("archive") && (
            <Button variant="default" disabled={busy} onClick={() => setAsked("archive")}>
              {t("archive.archive")} …
            </Button>
          )}
          {archivedAt && !withCustomer && may("archive") && (
            <Button variant="default" disabled={busy} onClick={() => void run("back")}>
              {t("archive.back")}
            </Button>
          )}
          {archivedAt && may("erase") && (
            <Button variant="default" disabled={busy} onClick={() => setAsked("erase")}>
              {t("archive.erase")} …
            </Button>
          )}
          {!inArchive && <Link to="/archive">{t("archive.page")}</Link>}
        </div>
      )}
    </section>
  );
}
