/* The calls of an approver, typed by desk/openapi.json. */
import { json, keep, send } from "../../settings/src/call.ts";
import type { components } from "./schema.ts";

export type Desk = components["schemas"]["desk"];
export type Visit = Desk["items"][number];

export async function logIn(name: string, password: string, code: string): Promise<void> {
  const { token } = await json<{ token: string }>("POST", "/api/login", { name, password, code });
  keep(token);
}

export const desk = {
  visits: () => json<Desk>("GET", "/api/visits"),
  /* To the question that was read: somebody else may have answered it meanwhile, and another one be put. */
  answer: (visit: Visit, yes: boolean) =>
    json<Desk>("POST", `/api/visits/${visit.id}/${yes ? "approve" : "refuse"}?question=${visit.question}`),
  end: (id: string) => json<Desk>("DELETE", `/api/visits/${id}`),
  leave: () => send("DELETE", "/api/login"),
};
