/* What is typed and not sent yet: kept in this tab, so that neither a reload nor a login that ends meanwhile loses it, and for nobody
 * but the user who typed it. */
import { useState } from "react";
import type { Me } from "../api/client.ts";

const prefix = "imprimatur.draft.";
const typistKey = "imprimatur.typist";

/* `base`: what stood there when it was begun. */
export interface Draft<T, B = unknown> {
  value: T;
  base: B;
}

/* A person of support is another one with each provider. */
export function loginOf({ provider, user }: Me): string {
  return `${provider.id} ${user.id}`;
}

/* Whose everything is that is typed in this tab. */
export function typist(): string | null {
  return sessionStorage.getItem(typistKey);
}

/* To be called with whoever is logged in, before a form is shown to them: what another has typed here is forgotten. */
export function typeAs(me: Me): void {
  const login = loginOf(me);
  if (typist() === login) return;
  sessionStorage.clear();
  sessionStorage.setItem(typistKey, login);
}

export function keptDraft<T, B = unknown>(name: string): Draft<T, B> | null {
  try {
    return JSON.parse(sessionStorage.getItem(prefix + name) ?? "null") as Draft<T, B> | null;
  } catch {
    return null;
  }
}

export function keepDraft<T>(name: string, draft: Draft<T> | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(prefix + name);
    else sessionStorage.setItem(prefix + name, JSON.stringify(draft));
  } catch {
    /* No room: it is still on the screen. */
  }
}

/* What is kept, as long as what it was begun from is still in force; else it is dropped. */
export function draftFrom<T>(name: string, first: T): T {
  const draft = keptDraft<T>(name);
  if (draft && JSON.stringify(draft.base) === JSON.stringify(first)) return draft.value;
  keepDraft(name, null);
  return first;
}

/* As useState(), whose value outlives the page.  `first`, what is in force, stands there until something is typed; null forgets what was. */
export function useDraft<T>(name: string, first: T): [T, (value: T | null) => void] {
  const [base] = useState(first);
  const [value, setValue] = useState(() => draftFrom(name, first));
  const set = (next: T | null) => {
    setValue(next ?? first);
    keepDraft(name, next === null ? null : { value: next, base });
  };
  return [value, set];
}
