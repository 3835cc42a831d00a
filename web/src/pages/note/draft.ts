/* What was typed and not saved, by whose note it is: in this tab alone, and gone with it. */

export interface Draft {
  text: string;
  /* Of the note that was there when it was begun. */
  revision: number;
}

const key = (id: string) => `imprimatur.note.${id}`;

export function kept(id: string): Draft | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(key(id)) ?? "null") as Partial<Draft> | null;
    const { text, revision } = value ?? {};
    return typeof text === "string" && typeof revision === "number" ? { text, revision } : null;
  } catch {
    return null;
  }
}

export function keep(id: string, draft: Draft): void {
  try {
    sessionStorage.setItem(key(id), JSON.stringify(draft));
  } catch {
    /* No room: it is still on the screen. */
  }
}

export function forget(id: string): void {
  sessionStorage.removeItem(key(id));
}

/* As the hub counts. */
export function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}
