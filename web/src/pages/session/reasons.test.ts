import { expect, test } from "vitest";
import { MemoryStorage } from "../../../dev/storage.ts";
import type { Me } from "../../api/client.ts";
import { typeAs } from "../../ui/draft.ts";
import { lastReasons, rememberReason, withReason } from "./reasons.ts";

test("the last reason is first, and each stands once", () => {
  expect(withReason(["a", "b"], " b ")).toEqual(["b", "a"]);
  expect(withReason(["a"], "   ")).toEqual(["a"]);
  expect(withReason(["1", "2", "3", "4", "5", "6"], "7")).toEqual(["7", "1", "2", "3", "4", "5"]);
});

test("reasons are offered to whoever typed them, and to nobody else in the same browser", () => {
  Object.assign(globalThis, { sessionStorage: new MemoryStorage(), localStorage: new MemoryStorage() });
  const login = (id: string) => ({ provider: { id: `prov_${id}` }, user: { id: `user_${id}` } }) as Me;
  typeAs(login("a"));
  rememberReason("Ticket 5 of Secret Works");
  typeAs(login("b"));
  expect(lastReasons()).toEqual([]);
  typeAs(login("a"));
  expect(lastReasons()).toEqual(["Ticket 5 of Secret Works"]);
  typeAs(login("b"));
  rememberReason("Ticket 6");
  expect(lastReasons()).toEqual(["Ticket 6"]);
});
