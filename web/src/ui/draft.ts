/* What is typed and not sent yet: kept in this tab, so that neither a reload nor a login that ends meanwhile loses it. */
import { useState } from "react";

const keyOf = (name: string) => `imprimatur.draft.${name}`;

export function keptDraft(name: string): string | null {
  return sessionStorage.getItem(keyOf(name));
}

export function keepDraft(name: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(keyOf(name));
    else sessionStorage.setItem(keyOf(name), value);
  } catch {
    /* No room: it is still on the screen. */
  }
}

/* As useState() of a string, whose value outlives the page.  `first` stands there until something is typed; null forgets what was. */
export function useDraft(name: string, first = ""): [string, (value: string | null) => void] {
  const [value, setValue] = useState(() => keptDraft(name) ?? first);
  const set = (next: string | null) => {
    setValue(next ?? first);
    keepDraft(name, next);
  };
  return [value, set];
}
