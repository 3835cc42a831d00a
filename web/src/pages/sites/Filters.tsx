/* What the list of sites can be narrowed to besides status and words.  Loaded when it is opened. */
import { CloseButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { customerQuery, rulesQuery } from "../../api/queries.ts";
import { useText, type TextKey } from "../../text/i18n.ts";
import { filters, type Filter } from "../search.ts";
import style from "./Filters.module.css";

const route = getRouteApi("/inside/sites");
const typingMs = 300;
const products = ["PaperCut MF", "PaperCut NG", "PaperCut MF/NG", "CUPS"];
const switches = ["on", "ask", "off"];

function useFilter(name: Filter): [string, (value: string) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return [
    search[name] ?? "",
    (value) => void navigate({ search: (old) => ({ ...old, [name]: value || undefined }) }),
  ];
}

function Field({ name, children }: { name: TextKey; children: ReactNode }) {
  const { t } = useText();
  return (
    <label className={style.field}>
      <span>{t(name)}</span>
      {children}
    </label>
  );
}

interface SelectProps {
  filter: Filter;
  name: TextKey;
  /* Value and word. */
  options: [string, string][];
}

function Select({ filter, name, options }: SelectProps) {
  const { t } = useText();
  const [value, choose] = useFilter(filter);
  /* Several words with a comma between come from a link; they are shown as they are. */
  const known = value === "" || options.some(([v]) => v === value);

  return (
    <Field name={name}>
      <select name={filter} data-set={value !== ""} value={value} onChange={(e) => choose(e.target.value)}>
        <option value="">{t("filter.any")}</option>
        {options.map(([v, word]) => (
          <option key={v} value={v}>
            {word}
          </option>
        ))}
        {!known && <option value={value}>{value}</option>}
      </select>
    </Field>
  );
}

function Permission({ name }: { name: "monitoring" | "console" | "mfp" }) {
  const { t } = useText();
  const words = name === "monitoring" ? ["on", "off"] : switches;
  return (
    <Select
      filter={name}
      name={`ui.permission.${name}`}
      options={words.map((w) => [w, t(`ui.permission.is.${w as "on"}`)])}
    />
  );
}

function Version() {
  const [value, choose] = useFilter("version");
  const [typed, setTyped] = useState(value);

  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => choose(typed.trim()), typingMs);
    return () => clearTimeout(timer);
  });
  return (
    <Field name="filter.version">
      <input
        name="version"
        data-set={value !== ""}
        maxLength={40}
        autoComplete="off"
        inputMode="decimal"
        placeholder="22.0"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </Field>
  );
}

function Rule() {
  const { find, locale } = useText();
  const { data } = useQuery(rulesQuery(undefined));
  const options = (data?.items ?? [])
    .map((r): [string, string] => [r.name, find(`rule.${r.name}`) ?? r.name])
    .sort((a, b) => a[1].localeCompare(b[1], locale));
  return <Select filter="rule" name="filter.rule" options={options} />;
}

function Customer() {
  const { t } = useText();
  const [id, choose] = useFilter("customer");
  const { data } = useQuery({ ...customerQuery(id), enabled: id !== "" });

  if (!id) return null;
  return (
    <div className={style.field}>
      <span>{t("filter.customer")}</span>
      <span className={style.chosen}>
        <span>{data?.name ?? id}</span>
        <CloseButton size="sm" aria-label={t("filter.customer.remove")} onClick={() => choose("")} />
      </span>
    </div>
  );
}

export default function Filters() {
  const { t } = useText();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const none = Object.fromEntries(filters.map((name) => [name, undefined]));

  return (
    <div className={style.panel} id="filters" role="group" aria-label={t("filter.title")}>
      <Customer />
      <Permission name="monitoring" />
      <Permission name="console" />
      <Permission name="mfp" />
      <Select filter="product" name="filter.product" options={products.map((p) => [p, p])} />
      <Version />
      <Rule />
      {filters.some((name) => search[name]) && (
        <button
          type="button"
          className={style.clear}
          onClick={() => void navigate({ search: (old) => ({ ...old, ...none }) })}
        >
          {t("filter.clear")}
        </button>
      )}
    </div>
  );
}
