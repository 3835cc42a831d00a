/* What can go wrong with a call, as one type.  `code` is the hub's stable code, or `network` when
 * no answer came at all; sentences are looked up by it, the hub's English is never shown. */
import { errors } from "../generated/errors.ts";
import type { Text } from "../text/i18n.ts";

export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: string, status: number, field?: string, retryAfterS?: number) {
    super(code);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.field = field;
    this.retryAfterS = retryAfterS;
  }
}

/* No answer within the time that there is: whoever asks once more waits once more. */
export class LateError extends ApiError {
  constructor() {
    super("network", 0);
  }
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError("network", 0);
}

/* Whether the same call may succeed later; what is refused stays refused. */
export function mayRetry(error: unknown): boolean {
  if (error instanceof LateError) return false;
  const { code, status } = asApiError(error);
  const known = (errors as Record<string, { retry: string }>)[code];
  if (known) return known.retry === "later";
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

export function errorText(text: Text, error: ApiError): string {
  if (error.code === "network") return text.t("ui.error.network");
  return text.find(`error.${error.code}`) ?? text.t("ui.error.other");
}

/* Reads a problem document; anything else (a proxy's page, an empty body) is told by its status. */
export function problemOf(response: Response, body: unknown): ApiError {
  const p = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const code = typeof p["code"] === "string" ? p["code"] : codeOf(response.status);
  const field = typeof p["field"] === "string" ? p["field"] : undefined;
  const after = Number(response.headers.get("Retry-After") ?? NaN);
  return new ApiError(code, response.status, field, Number.isFinite(after) ? after : undefined);
}

function codeOf(status: number): string {
  if (status === 401) return "unauthenticated";
  if (status === 404) return "not_found";
  if (status === 503) return "busy";
  return "upstream";
}
