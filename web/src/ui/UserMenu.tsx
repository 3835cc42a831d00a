/* Who one is, and what one may choose for oneself: language, light or dark. */
import { Menu, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconFileText, IconKeyboard, IconLifebuoy, IconLogout, IconUsers } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Me } from "../api/client.ts";
import { leaveProvider, logOut } from "../session.ts";
import { chooseLanguage, isLanguage, languageNames, languages, useText } from "../text/i18n.ts";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Menu.css";
import style from "./UserMenu.module.css";
import { WhoButton } from "./WhoButton.tsx";

const schemes: MantineColorScheme[] = ["auto", "light", "dark"];

interface Props {
  me: Me;
  showHelp: () => void;
  open: boolean;
}

/* It takes the place of the button that it was asked for by: with `open` the focus is at its own first, where it returns to. */
export default function UserMenu({ me, showHelp, open }: Props) {
  const { t, language } = useText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const button = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  const leave = async () => {
    if (me.support) return leaveProvider();
    await logOut();
    await navigate({ to: "/login" });
  };

  useEffect(() => {
    if (!open) return;
    button.current?.focus();
    setOpened(true);
  }, [open]);

  return (
    <Menu
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      width={240}
      shadow="md"
      returnFocus
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <WhoButton ref={button} name={me.user.name} />
      </Menu.Target>
      <Menu.Dropdown>
        <div className={style.about}>
          <strong>{me.provider.name}</strong>
          <span>{me.user.email}</span>
          <span>
            {t("ui.about", { region: me.region.toUpperCase(), version: me.hub_version })}
          </span>
        </div>
        <Menu.Divider />
        <div role="group" aria-label={t("ui.language")}>
          <Menu.Label aria-hidden>{t("ui.language")}</Menu.Label>
          <Menu.RadioGroup
            value={language}
            onChange={(value) => isLanguage(value) && void chooseLanguage(value)}
          >
            {languages.map((l) => (
              <Menu.RadioItem key={l} value={l} lang={l}>
                {languageNames[l]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </div>
        <Menu.Divider />
        <div role="group" aria-label={t("ui.scheme")}>
          <Menu.Label aria-hidden>{t("ui.scheme")}</Menu.Label>
          <Menu.RadioGroup
            value={colorScheme}
            onChange={(value) => setColorScheme(value as MantineColorScheme)}
          >
            {schemes.map((s) => (
              <Menu.RadioItem key={s} value={s}>
                {t(`ui.scheme.${s}`)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </div>
        <Menu.Divider />
        {me.rights.includes("users") && (
          <Menu.Item
            leftSection={<IconUsers size={16} aria-hidden />}
            onClick={() => void navigate({ to: "/users" })}
          >
            {t("ui.users.title")}
          </Menu.Item>
        )}
        {me.rights.includes("let_support_in") && (
          <Menu.Item
            leftSection={<IconLifebuoy size={16} aria-hidden />}
            onClick={() => void navigate({ to: "/support" })}
          >
            {t("ui.support.title")}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconKeyboard size={16} aria-hidden />}
          rightSection={<kbd>?</kbd>}
          onClick={showHelp}
        >
          {t("ui.help.title")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFileText size={16} aria-hidden />}
          onClick={() => void navigate({ to: "/legal" })}
        >
          {t("ui.legal.title")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          {t(me.support ? "ui.support.leave" : "ui.login.leave")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
