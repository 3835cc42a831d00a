/* One call to the connector, of this page or the desk's: with the token of this tab as a header, and whether a person
 * did something since the last one.  The token lives in this tab and nowhere else. */
import { ApiError, problemOf } from "../../src/api/error.ts";

const stored = "imprimatur.token";
const deadlineMs = 40_000;

/* Whether a person did something since the last call: only that keeps the page open. */
let present = true;
for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"])
  addEventListener(kind, () => (present = true), { passive: true });

export async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = {
    "x-imprimatur-token": sessionStorage.getItem(stored) ?? "",
    "x-imprimatur-present": present ? "1" : "0",
  };
  if (body !== undefined) headers["content-type"] = "application/json";
  present = false;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      signal: AbortSignal.timeout(deadlineMs),
    });
  } catch {
    throw new ApiError("network", 0);
  }
  if (answer.ok) return answer;
  throw problemOf(answer, await answer.json().catch(() => null));
}

export async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

export function keep(token: string): void {
  sessionStorage.setItem(stored, token);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(stored) !== null;
}

export function forget(): void {
  sessionStorage.removeItem(stored);
}
