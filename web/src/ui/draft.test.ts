import { beforeEach, expect, test } from "vitest";
import { MemoryStorage } from "../../dev/storage.ts";
import type { Me } from "../api/client.ts";
import { draftFrom, keepDraft, keptDraft, typeAs } from "./draft.ts";

beforeEach(() => void Object.assign(globalThis, { sessionStorage: new MemoryStorage() }));

const login = (provider: string, user: string) => ({ provider: { id: provider }, user: { id: user } }) as Me;

test("what was typed is there for the same login again, and for no other", () => {
  typeAs(login("prov_a", "user_a"));
  keepDraft("x", { value: "typed", base: "" });
  typeAs(login("prov_a", "user_a"));
  expect(keptDraft("x")).toEqual({ value: "typed", base: "" });
  for (const next of [login("prov_a", "user_b"), login("prov_b", "user_b"), login("prov_a", "user_a")]) {
    typeAs(next);
    expect(keptDraft("x")).toBe(null);
    keepDraft("x", { value: "typed", base: "" });
  }
});

test("a draft counts as long as what it was begun from is in force, and is dropped else", () => {
  const first = { threshold: "90", severity: "warning" };
  keepDraft("x", { value: { ...first, threshold: "77" }, base: first });
  expect(draftFrom("x", { ...first })).toEqual({ threshold: "77", severity: "warning" });
  expect(draftFrom("x", { ...first, severity: "error" })).toEqual({ threshold: "90", severity: "error" });
  expect(draftFrom("x", first)).toEqual(first);
});

test("what is no draft is none", () => {
  sessionStorage.setItem("imprimatur.draft.x", "no draft");
  expect(draftFrom("x", "")).toBe("");
});
