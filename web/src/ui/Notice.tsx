/* What stands where data would: an error with its code and what to do, or why there is nothing.
 * Data that were read before stay; then the error is one line above them. */
import { Button } from "@mantine/core";
import { IconAlertTriangleFilled } from "@tabler/icons-react";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { asApiError, errorText, mayRetry } from "../api/error.ts";
import { useLive } from "../live/live.ts";
import { useText } from "../text/i18n.ts";
import style from "./Notice.module.css";
import { Moment } from "./Time.tsx";

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  /* Where the page has no other heading. */
  heading?: boolean;
  children?: ReactNode;
  role?: "alert";
}

export function Empty({ icon, title, heading, children, role }: EmptyProps) {
  const Title = heading ? "h1" : "p";

  return (
    <div className={style.empty} role={role}>
      {icon}
      <Title className={style.title}>{title}</Title>
      {children}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  retry?: () => void;
  title?: string;
}

export function Failed({ error, retry, title }: FailedProps) {
  const text = useText();
  const problem = asApiError(error);

  return (
    <Empty
      role="alert"
      icon={<IconAlertTriangleFilled size={28} className={style.warning} aria-hidden />}
      title={title ?? text.t("ui.error.title")}
    >
      <p className={style.sentence}>{errorText(text, problem)}</p>
      <p className={style.code}>
        {text.t("ui.error.code", { code: problem.code })}
      </p>
      {retry && mayRetry(problem) && (
        <Button size="xs" variant="default" onClick={retry}>
          {text.t("ui.action.retry")}
        </Button>
      )}
    </Empty>
  );
}

/* The read failed but there is something from before.  That the hub is silent is said once, above the page. */
export function Stale({ error, at, retry }: { error: unknown; at: number; retry: () => void }) {
  const text = useText();
  const problem = asApiError(error);
  const silent = useLive() === "silent";

  if (silent && problem.code === "network") return null;
  return (
    <div className={style.strip} role="status">
      <IconAlertTriangleFilled size={16} className={style.warning} aria-hidden />
      <span>
        {errorText(text, problem)} {text.t("ui.error.shown_as_of")} <Moment at={at} />
      </span>
      <button type="button" className={style.link} onClick={retry}>
        {text.t("ui.action.retry")}
      </button>
    </div>
  );
}

/* False for the first 300 ms: what comes sooner needs no placeholder, which would only flicker. */
export function useSlow(waiting: boolean): boolean {
  const [slow, setSlow] = useState(false);

  useEffect(() => {
    if (!waiting) {
      setSlow(false);
      return;
    }
    const timer = setTimeout(() => setSlow(true), 300);
    return () => clearTimeout(timer);
  }, [waiting]);
  return slow && waiting;
}

/* What there is to say of a read beside what it read. */
export function Reading({ read }: { read: Pick<UseInfiniteQueryResult, "data" | "error" | "dataUpdatedAt" | "refetch"> }) {
  const { data, error, dataUpdatedAt } = read;
  const retry = () => void read.refetch();

  if (!error) return data ? null : <Waiting />;
  return data ? <Stale error={error} at={dataUpdatedAt} retry={retry} /> : <Failed error={error} retry={retry} />;
}

export function Waiting() {
  const { t } = useText();
  const slow = useSlow(true);
  return <div className={style.waiting}>{slow && t("ui.loading")}</div>;
}
