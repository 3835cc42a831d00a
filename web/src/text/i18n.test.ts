import { expect, test } from "vitest";
import { textIn } from "./i18n.ts";

test("a text takes its arguments by name, numbers as the language writes them", async () => {
  const de = await textIn("de");
  expect(de.t("ui.devices.bad_of", { bad: 1, total: 12_345 })).toMatch(/^1\D+12\.345\D*$/);
  expect(de.count("ui.sites.count", 1)).toBe(de.t("ui.sites.count.one", { count: 1 }));
  expect(de.count("ui.sites.count", 2)).toBe(de.t("ui.sites.count.other", { count: 2 }));
});

test("an argument is taken as it is, whatever it looks like", async () => {
  const en = await textIn("en");
  const odd = "{total} $& $t(ui.loading) <b>";
  expect(en.t("ui.site.connector", { version: odd })).toContain(odd);
});

test("a code nobody has a text for has none", async () => {
  const fr = await textIn("fr");
  expect(fr.find("reason.no_such_thing")).toBeUndefined();
  expect(fr.find("ui.sites.title")).toBe("Sites");
});

test("a French phrase keeps its last mark and its quotation on the line", async () => {
  const fr = await textIn("fr");
  expect(fr.t("session.refused", { why: "x" })).toBe("Refusée\u00a0: x.");
  expect(fr.t("session.reason.is", { reason: "x" })).toBe("«\u00a0x\u00a0»");
  expect((await textIn("en")).t("session.refused", { why: "a : b" })).toBe("Refused: a : b.");
});
