/* Around every page: the title, and what is shown when there is none or when it broke. */
import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link, Outlet, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "../api/error.ts";
import { useText } from "../text/i18n.ts";
import { isLost, readAnew } from "./lost.ts";
import { Empty, Failed } from "./Notice.tsx";

export function Root() {
  return <Outlet />;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Imprimatur` : "Imprimatur";
  }, [title]);
}

export function NotFound() {
  const { t } = useText();
  useTitle(t("ui.not_found.title"));
  return (
    <main>
      <Empty
        heading
        icon={<IconMapQuestion size={32} stroke={1.5} aria-hidden />}
        title={t("ui.not_found.title")}
      >
        <p>{t("ui.not_found.page")}</p>
        <Link to="/sites">{t("ui.not_found.sites")}</Link>
      </Empty>
    </main>
  );
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  const { t } = useText();
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  const lost = isLost(error);
  useTitle(t("ui.error.title"));

  useEffect(() => (lost ? readAnew() : undefined), [lost]);
  if (error instanceof ApiError)
    return (
      <main>
        <Failed error={error} retry={again} />
      </main>
    );
  return (
    <main>
      <Empty role="alert" heading title={t(lost ? "ui.lost.title" : "ui.crash.title")}>
        <p>{t(lost ? "ui.lost.text" : "ui.crash.text")}</p>
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t("ui.action.reload")}
        </Button>
      </Empty>
    </main>
  );
}
