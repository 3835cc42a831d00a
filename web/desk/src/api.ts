/* The calls of an approver, typed by desk/openapi.json. */
import { json, keep, send } from "../../settings/src/call.ts";
import type { components } from "./schema.ts";

export type Desk = components["schemas"]["desk"];

export async function logIn(name: string, password: string, code: string): Promise<void> {
  const { token } = await json<{ token: string }>("POST", "/api/login", { name, password, code });
  keep(token);
}

export const desk = {
  visits: () => json<Desk>("GET", "/api/visits"),
  approve: (id: string) => json<Desk>("POST", `/api/visits/${id}/approve`),
  refuse: (id: string) => json<Desk>("POST", `/api/visits/${id}/refuse`),
  end: (id: string) => json<Desk>("DELETE", `/api/visits/${id}`),
  leave: () => send("DELETE", "/api/login"),
};
