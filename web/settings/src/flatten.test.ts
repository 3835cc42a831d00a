import { expect, test } from "vitest";
import { fieldsMax, flatten } from "./flatten.ts";

test("each value of a report is a field with the path of its purpose", () => {
  const { fields, cut } = flatten(
    '{"schema":1,"server":{"version":"22.0.4"},"devices":{"items":[{"label":"a"},{"label":"b"}],"gone":[]}}',
  );
  expect(fields).toEqual([
    { path: "schema", place: "schema", value: "1" },
    { path: "server.version", place: "server.version", value: "22.0.4" },
    { path: "devices.items.label", place: "devices.items[1].label", value: "a" },
    { path: "devices.items.label", place: "devices.items[2].label", value: "b" },
    { path: "devices.gone", place: "devices.gone", value: "–" },
  ]);
  expect(cut).toBe(false);
});

test("a list of words is one field", () => {
  expect(flatten('{"reasons":["toner-low","door-open"]}').fields).toEqual([
    { path: "reasons", place: "reasons", value: "toner-low, door-open" },
  ]);
});

test("a very long report is cut, and says so", () => {
  const items = Array.from({ length: 1000 }, (_, i) => ({ label: `p${i}` }));
  const { fields, cut } = flatten(JSON.stringify({ items }));
  expect(fields.length).toBe(fieldsMax);
  expect(cut).toBe(true);
});
