/* Times, ages and spans as keys with arguments, so that every language orders the words itself.
 * Pure: `now` always comes in. */
import type { Args, Text, TextKey } from "./i18n.ts";

export interface Phrase {
  key: TextKey;
  args?: Args;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/* How long ago; rounded down, because an age that is said too young is a lie. */
export function ageOf(now: number, at: number): Phrase {
  const ms = Math.max(0, now - at);
  if (ms < 5 * second) return { key: "ui.age.now" };
  if (ms < minute) return { key: "ui.age.seconds", args: { n: Math.floor(ms / second) } };
  if (ms < hour) return { key: "ui.age.minutes", args: { n: Math.floor(ms / minute) } };
  if (ms < day) return { key: "ui.age.hours", args: { n: Math.floor(ms / hour) } };
  return { key: "ui.age.days", args: { n: Math.floor(ms / day) } };
}

/* A length of time in its two largest units. */
export function spanOf(ms: number): Phrase {
  const d = Math.floor(ms / day);
  const h = Math.floor((ms % day) / hour);
  const m = Math.floor((ms % hour) / minute);
  const s = Math.floor((ms % minute) / second);
  if (d >= 10 || (d > 0 && h === 0)) return { key: "ui.span.days", args: { d } };
  if (d > 0) return { key: "ui.span.days_hours", args: { d, h } };
  if (h > 0 && m === 0) return { key: "ui.span.hours", args: { h } };
  if (h > 0) return { key: "ui.span.hours_minutes", args: { h, m } };
  if (m > 0) return { key: "ui.span.minutes", args: { m } };
  return { key: "ui.span.seconds", args: { s } };
}

export function say(text: Text, phrase: Phrase): string {
  return text.t(phrase.key, phrase.args);
}

/* The exact moment, with its zone: what every relative time has in its title. */
export function exact(locale: string, at: number): string {
  return new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "short",
    day: "numeric",
    ...clockOf(locale),
    second: "2-digit",
    timeZoneName: "short",
  }).format(at);
}

export function date(locale: string, at: number): string {
  return new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "short",
    day: "numeric",
  }).format(at);
}

/* The day that begins at that moment in UTC, by which the hub counts days. */
export function utcDay(locale: string, at: number): string {
  const form = { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, form).format(at);
}

/* The time of day: "09:12", or "9:12 AM" where that is the habit. */
export function clockOf(locale: string): Intl.DateTimeFormatOptions {
  const { hourCycle } = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions();
  return { hour: hourCycle?.startsWith("h1") ? "numeric" : "2-digit", minute: "2-digit" };
}

/* A moment as short as it can be without doubt: the time today, the date otherwise. */
export function moment(locale: string, now: number, at: number): string {
  const today = new Date(now).toDateString() === new Date(at).toDateString();
  const old = now - at > 300 * day;
  const time = clockOf(locale);
  if (today) return new Intl.DateTimeFormat(locale, time).format(at);
  if (old) return date(locale, at);
  return new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", ...time }).format(at);
}

/* A value with its unit; a unit nobody has named is shown as the hub calls it. */
export function withUnit(text: Text, value: number, unit: string): string {
  const n = text.number(value);
  return text.find(`ui.unit.${unit}`, { n }) ?? `${n} ${unit}`;
}

/* Coverage is never rounded up to whole: 99.97 % is not "all". */
export function percent(locale: string, share: number): string {
  const floored = Math.floor(share * 1000) / 1000;
  return new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: 1,
  }).format(floored);
}

/* "3.1 kB": in steps of a thousand. */
export function bytes(locale: string, n: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let size = n;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const text = new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[unit]!,
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: unit === 0 || size >= 100 ? 0 : 1,
  }).format(size);
  /* A number and its unit stay in one line. */
  return text.replaceAll(" ", "\u00a0");
}

/* As the hub counts a text's length. */
export function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}
