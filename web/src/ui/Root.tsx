/* Around every page: the title, and what is shown when there is none or when it broke. */
import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link, Outlet, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "../api/error.ts";
import { firstLanguage, useText } from "../text/i18n.ts";
import de from "../../../texts/de.json?lost";
import en from "../../../texts/en.json?lost";
import fr from "../../../texts/fr.json?lost";
import { isLost, readAnew } from "./lost.ts";
import { Empty, Failed } from "./Notice.tsx";

const lostWords = { en, fr, de };

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

/* Read anew by the browser itself if by nothing else. */
function Broken({ title, text, reload }: { title: string; text: string; reload: string }) {
  return (
    <main>
      <Empty role="alert" heading title={title}>
        <p>{text}</p>
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {reload}
        </Button>
      </Empty>
    </main>
  );
}

/* Where not even the first words came: with those that are part of the page itself. */
export function Wordless() {
  const words = lostWords[firstLanguage()];

  useEffect(readAnew, []);
  return <Broken title={words["ui.lost.title"]} text={words["ui.lost.text"]} reload={words["ui.action.reload"]} />;
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
    <Broken
      title={t(lost ? "ui.lost.title" : "ui.crash.title")}
      text={t(lost ? "ui.lost.text" : "ui.crash.text")}
      reload={t("ui.action.reload")}
    />
  );
}
