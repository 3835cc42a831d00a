/* The page's words: texts/<language>.json, the active language only, loaded when it is chosen.
 *
 * A text is plain but for `{name}`, which an argument replaces.  Keys are checked against the English file by the compiler.  Plural forms are separate keys,
 * `<key>.one` and `<key>.other`, as for the C programs; Intl knows which one a language wants. */
import { useSyncExternalStore } from "react";
import type english from "../../../texts/en.json";

export type TextKey = keyof typeof english;
type Base<K> = K extends `${infer B}.other` ? B : never;
export type CountKey = Base<TextKey>;
export type Args = Record<string, string | number>;

export const languages = ["en", "fr", "de"] as const;
export type Language = (typeof languages)[number];

/* Each in its own tongue: who looks for it cannot read the others. */
export const languageNames: Record<Language, string> = {
  en: "English",
  fr: "Français",
  de: "Deutsch",
};

const files: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import("../../../texts/en.json"),
  fr: () => import("../../../texts/fr.json"),
  de: () => import("../../../texts/de.json"),
};

/* Words of pages that are loaded when they are opened. */
const laterFiles: typeof files = {
  en: () => import("../../../texts/en.json?more"),
  fr: () => import("../../../texts/fr.json?more"),
  de: () => import("../../../texts/de.json?more"),
};

const stored = "imprimatur.language";

export function isLanguage(value: unknown): value is Language {
  return languages.some((l) => l === value);
}

/* What was chosen here, else what the browser asks for. */
export function firstLanguage(): Language {
  const chosen = localStorage.getItem(stored);
  if (isLanguage(chosen)) return chosen;
  const wished = navigator.languages.map((l) => l.slice(0, 2).toLowerCase());
  return wished.find(isLanguage) ?? "en";
}

export async function startText(): Promise<void> {
  await useLanguageNow(firstLanguage());
}

const words: Record<Language, Map<string, string>> = { en: new Map(), fr: new Map(), de: new Map() };
const watchers = new Set<() => void>();
let active: Language = "en";
let later = false;
const loaded = new Set<unknown>();

/* A French line does not begin with what ends a phrase, nor end with what opens a quotation. */
export function bound(text: string): string {
  return text.replace(/ (?=[:;!?»])/g, "\u00a0").replace(/« /g, "«\u00a0");
}

/* Each file once; a later one adds to what is there. */
async function addWords(language: Language, from: typeof files): Promise<void> {
  const file = from[language];
  if (loaded.has(file)) return;
  const { default: more } = await file();
  for (const [key, text] of Object.entries(more)) words[language].set(key, language === "fr" ? bound(text) : text);
  loaded.add(file);
}

async function addAllWords(language: Language): Promise<void> {
  await addWords(language, files);
  if (later) await addWords(language, laterFiles);
}

/* For a page that is loaded when it is opened, before it is shown. */
export async function laterWords(): Promise<void> {
  later = true;
  await addAllWords(snapshot().language);
}

/* Another language's words, for what is written to somebody else. */
export async function textIn(language: Language): Promise<Text> {
  later = true;
  await addAllWords(language);
  return textFor(language, language);
}

async function useLanguageNow(language: Language): Promise<void> {
  await addAllWords(language);
  active = language;
  document.documentElement.lang = language;
  for (const watcher of watchers) watcher();
}

/* The person's choice on this browser; it outlives the login and outweighs the account's. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(stored, language);
  await useLanguageNow(language);
}

/* The account's language, used until something else is chosen here. */
export async function suggestLanguage(language: string): Promise<void> {
  if (localStorage.getItem(stored) === null && isLanguage(language))
    await useLanguageNow(language);
}

/* How numbers and times are written: by the browser's own variant of the language ("en-GB" has
 * 24 hours, "de-CH" other thousands), if it has one. */
export function localeOf(language: Language, wished: readonly string[]): string {
  return wished.find((l) => l.slice(0, 2).toLowerCase() === language) ?? language;
}

export interface Text {
  language: Language;
  locale: string;
  t: (key: TextKey, args?: Args) => string;
  count: (key: CountKey, n: number, args?: Args) => string;
  /* For codes that come from the hub: undefined if nobody has written a text for this one. */
  find: (key: string, args?: Args) => string | undefined;
  number: (n: number, digits?: number) => string;
}

export function textFor(language: Language, locale: string): Text {
  const plural = new Intl.PluralRules(language);
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const number = (n: number, digits?: number) =>
    digits === undefined
      ? plain.format(n)
      : new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(n);
  const find = (key: string, args: Args = {}): string | undefined =>
    words[language].get(key)?.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = args[name] ?? whole;
      return typeof value === "number" ? number(value) : value;
    });
  const get = (key: string, args?: Args): string => find(key, args) ?? key;

  return {
    language,
    locale,
    number,
    t: get,
    count: (key, n, args) =>
      get(`${key}.${plural.select(n) === "one" ? "one" : "other"}`, { count: n, ...args }),
    find,
  };
}

let current: Text | undefined;

function snapshot(): Text {
  if (current?.language !== active)
    current = textFor(active, localeOf(active, navigator.languages));
  return current;
}

function subscribe(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

export function useText(): Text {
  return useSyncExternalStore(subscribe, snapshot);
}
