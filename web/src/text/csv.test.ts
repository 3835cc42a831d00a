import { expect, test } from "vitest";
import { csvField, csvText } from "./csv.ts";

test("a field that a spreadsheet would take for a formula stays a text", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r"])
    expect(csvField(`${start}HYPERLINK(1)`).replace(/^"/, "")[0]).toBe("'");
  expect(csvField("Works = good")).toBe("Works = good");
});

test("quotes, commas and line ends are quoted", () => {
  expect(csvField('a "b", c')).toBe('"a ""b"", c"');
  expect(csvField("a\nb")).toBe('"a\nb"');
});

test("a table begins with a byte order mark and ends each line as RFC 4180 says", () => {
  expect(csvText([["a", "b"], [-3, "-3"]])).toBe("\ufeffa,b\r\n-3,'-3\r\n");
});
