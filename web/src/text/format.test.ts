import { expect, test } from "vitest";
import { moment } from "./format.ts";
import { localeOf } from "./i18n.ts";

const at = Date.UTC(2026, 10, 23, 15, 4);

test("numbers and times are written as the browser's own variant of the language has it", () => {
  expect(localeOf("en", ["de-DE", "en-GB", "en-US"])).toBe("en-GB");
  expect(localeOf("de", ["fr-CH", "de-CH"])).toBe("de-CH");
  expect(localeOf("fr", ["en-GB"])).toBe("fr");
});

test("the time of day is written with or without AM and PM, as the place has it", () => {
  expect(moment("en-GB", at, at)).toMatch(/^\d\d:04$/);
  expect(moment("de", at, at)).toMatch(/^\d\d:04$/);
  expect(moment("en-US", at, at)).toMatch(/^\d{1,2}:04\s[AP]M$/);
});
