/* The frame of every page behind the login: where one is, whether what one sees is live, who one
 * is.  Also the shortcuts that work everywhere. */
import { IconPlugConnectedX, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ComponentType, type RefObject } from "react";
import type { Me } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { heardAt, useLive } from "../live/live.ts";
import { leaveProvider } from "../session.ts";
import { useText } from "../text/i18n.ts";
import { Help } from "./Help.tsx";
import icon from "./icon.svg";
import { useKeys } from "./keys.ts";
import style from "./Shell.module.css";
import { Moment } from "./Time.tsx";
import { WhoButton } from "./WhoButton.tsx";

interface WhoProps {
  me: Me;
  showHelp: () => void;
}

const loadMenu = () => import("./UserMenu.tsx");

function Live() {
  const { t } = useText();
  const live = useLive();

  if (live === "live")
    return (
      <span className={style.live} title={t("ui.live.on.title")} data-is="on">
        <span className={style.dot} />
        <span className={style.word}>{t("ui.live.on")}</span>
      </span>
    );
  /* Closed and connecting are short and need no word; waiting means that it does not work. */
  if (live !== "waiting" && live !== "silent")
    return (
      <span className={style.live} data-is="soon" title={t("ui.live.soon")}>
        <IconRefresh size={14} aria-hidden />
        <span className={style.word}>{t("ui.live.soon")}</span>
      </span>
    );
  return (
    <span className={style.live} data-is="off" title={t(live === "silent" ? "ui.error.network" : "ui.live.off.title")} role="status">
      <IconPlugConnectedX size={16} aria-hidden />
      <span>{t("ui.live.off")}</span>
    </span>
  );
}

/* Of a hub that is frozen no page may look as if it were of now: each would find out only at its next read, and late. */
function Silent() {
  const { t } = useText();
  const at = heardAt();

  if (useLive() !== "silent") return null;
  return (
    <p className={style.silent} role="status">
      <IconPlugConnectedX size={16} aria-hidden />
      <span>
        {t("ui.error.network")}{" "}
        {at !== null && (
          <>
            {t("ui.error.shown_as_of")} <Moment at={at} />
          </>
        )}
      </span>
    </p>
  );
}

/* Menus bring a positioning library along: it comes when one is asked for, or is about to be.  It opens if one has not gone on to
 * something else meanwhile. */
function Who({ me, showHelp }: WhoProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [asked, setAsked] = useState(false);
  const [menu, setMenu] = useState<{ Menu: ComponentType<WhoProps & { open: boolean }>; open: boolean }>();
  const [lost, setLost] = useState<{ why: unknown }>();
  const ask = async () => {
    button.current?.focus(); // Safari does not by itself
    setAsked(true);
    try {
      const { default: Menu } = await loadMenu();
      setMenu({ Menu, open: document.activeElement === button.current });
    } catch (why) {
      setLost({ why });
    }
  };

  if (lost) throw lost.why;
  if (menu) return <menu.Menu me={me} showHelp={showHelp} open={menu.open} />;
  return (
    <WhoButton
      ref={button}
      name={me.user.name}
      aria-haspopup="menu"
      aria-expanded={false}
      aria-busy={asked}
      /* If it is lost now, it is said when it is asked for. */
      onPointerEnter={() => void loadMenu().catch(() => undefined)}
      onClick={() => void ask()}
    />
  );
}

/* On a phone the bar scrolls sideways: where one is comes into sight. */
function useInSight(bar: RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();

  useEffect(() => {
    bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [bar, pathname]);
}

/* As long as a person of the operator's support is with a provider. */
function Visiting({ me, until }: { me: Me; until: string }) {
  const { t } = useText();

  return (
    <p className={style.visiting} role="status">
      <span>{t("ui.support.strip", { provider: me.provider.name })}</span>
      <span>
        {t("ui.support.until")} <Moment at={until} />
      </span>
      <button type="button" onClick={() => void leaveProvider()}>
        {t("ui.support.leave")}
      </button>
    </p>
  );
}

export function Shell() {
  const { t } = useText();
  const nav = useRef<HTMLElement>(null);
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const help = useRef<HTMLDialogElement>(null);
  const showHelp = () => help.current?.showModal();
  useInSight(nav);

  /* Where a provider has ended it, a person of support has his own login alone. */
  useEffect(() => {
    if (me?.rights.includes("support") && location.pathname !== "/support") location.assign("/support");
  }, [me]);

  useKeys({
    "g s": () => void navigate({ to: "/sites" }),
    "g c": () => void navigate({ to: "/customers" }),
    "g l": () => void navigate({ to: "/licences" }),
    "g v": () => void navigate({ to: "/sessions" }),
    "g r": () => void navigate({ to: "/rules" }),
    "?": showHelp,
  });
  return (
    <div className={style.app}>
      <a href="#content" className={style.skip}>
        {t("ui.skip")}
      </a>
      <header className={style.bar}>
        <Link to="/sites" className={style.brand}>
          <img src={icon} width={24} height={24} alt="" />
          <span className={style.wordmark}>Imprimatur</span>
        </Link>
        <nav ref={nav} aria-label={t("ui.nav")} className={style.nav} hidden={me?.rights.includes("support")}>
          <Link to="/sites" activeProps={{ "aria-current": "page" }}>
            {t("ui.sites.title")}
          </Link>
          <Link to="/customers" activeProps={{ "aria-current": "page" }}>
            {t("ui.customers.title")}
          </Link>
          <Link to="/licences" activeProps={{ "aria-current": "page" }}>
            {t("ui.licences.title")}
          </Link>
          <Link to="/sessions" activeProps={{ "aria-current": "page" }}>
            {t("ui.sessions.title")}
          </Link>
          <Link to="/rules" activeProps={{ "aria-current": "page" }}>
            {t("ui.rules.title")}
          </Link>
        </nav>
        <div className={style.right}>
          {!me?.rights.includes("support") && <Live />}
          {me && <Who me={me} showHelp={showHelp} />}
        </div>
      </header>
      <Silent />
      {me?.support && <Visiting me={me} until={me.support.until} />}
      <main id="content" className={style.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Help ref={help} />
    </div>
  );
}
