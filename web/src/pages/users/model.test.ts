import { expect, test } from "vitest";
import type { SiteRow, User } from "../../api/client.ts";
import { textIn } from "../../text/i18n.ts";
import { byName, entitledCsv, mayAct, usersCsv } from "./model.ts";

const user = (name: string, rights: string[], scope = "all"): User => ({
  id: `user_${name}`,
  email: `${name}@example.test`,
  name,
  role: "owner",
  scope,
  rights,
  created_at: "2026-11-01T08:00:00.000Z",
  last_login_at: null,
});
const site = (name: string, permissions: SiteRow["permissions"]) => ({ name, permissions }) as SiteRow;

test("R73: what somebody may do follows from rights and scope, and nobody of the provider approves", () => {
  const all = user("A", ["view", "sessions"]);
  expect([mayAct(all, "monitoring"), mayAct(all, "console"), mayAct(all, "mfp"), mayAct(all, "approve")]).toEqual([true, true, true, false]);
  expect(mayAct(user("B", ["view"]), "console")).toBe(false);
  expect(mayAct(user("C", ["view", "sessions"], "none"), "monitoring")).toBe(false);
});

test("R73: the file says each right in words, and who has never logged in", async () => {
  const text = await textIn("de");
  const [head, line] = usersCsv(text, [user("A", ["view"])]);
  expect(head).toHaveLength(line!.length);
  expect(line!.at(-1)).toMatch(/sehen/);
  expect(line![5]).toBe("nie");
});

test("R73: at a customer each person has a line for each site with the customer's own switches", async () => {
  const text = await textIn("en");
  const sites = [site("North", { monitoring: "on", console: "ask", mfp: "off" }), site("South", null)];
  const rows = entitledCsv(text, { provider: "ACME", customer: "Works", at: 0, users: [user("A", ["view"])], sites });
  expect(rows).toHaveLength(3);
  expect(rows[1]!.slice(0, 3)).toEqual(["ACME", "Works", "1970-01-01T00:00:00.000Z"]);
  expect(rows[1]!.slice(6)).toEqual(["North", "Yes", "on", "No", "asks", "No", "off", "No"]);
  expect(rows[2]!.slice(6, 9)).toEqual(["South", "Yes", "never connected"]);
  expect(entitledCsv(text, { provider: "ACME", customer: "Works", at: 0, users: [user("A", ["view"])], sites: [] })).toHaveLength(2);
});

test("users are listed by name", () => {
  expect(byName([user("b", []), user("A", [])]).map((u) => u.name)).toEqual(["A", "b"]);
});
