/* The search above a list: `/` leads to it, an arrow or Enter from it to the first row.  What is typed
 * goes into the address after a moment, and follows it (back, a link). */
import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useText } from "../text/i18n.ts";
import { useKeys } from "./keys.ts";
import style from "./SearchField.module.css";

const typingMs = 200;

interface Props {
  label: string;
  query: string;
  onQuery: (query: string) => void;
}

export function SearchField({ label, query, onQuery }: Props) {
  const { t } = useText();
  const [typed, setTyped] = useState(query);
  const input = useRef<HTMLInputElement>(null);
  const told = useRef(query);
  const tell = useRef(onQuery);

  useEffect(() => {
    tell.current = onQuery;
  });
  useEffect(() => {
    if (query === told.current) return;
    told.current = query;
    setTyped(query);
  }, [query]);
  useEffect(() => {
    const next = typed.trim();
    if (next === told.current) return;
    const timer = setTimeout(() => {
      told.current = next;
      tell.current(next);
    }, typingMs);
    return () => clearTimeout(timer);
  }, [typed]);

  useKeys({
    "/": (event) => {
      event.preventDefault();
      input.current?.select();
    },
  });
  return (
    <TextInput
      ref={input}
      className={style.search}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSectionWidth={40}
      rightSection={
        typed ? (
          <CloseButton
            size="sm"
            aria-label={t("ui.sites.search.clear")}
            onClick={() => {
              setTyped("");
              input.current?.focus();
            }}
          />
        ) : (
          <kbd className={style.hint}>/</kbd>
        )
      }
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") input.current?.blur();
        if (event.key === "ArrowDown" || event.key === "Enter")
          document.querySelector<HTMLElement>("[data-index='0'] a")?.focus();
      }}
    />
  );
}
