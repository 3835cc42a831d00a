import { expect, test } from "vitest";
import { read, write } from "./week.ts";

test("hours read as the connector writes them, and are written so that it reads them", () => {
  expect(read(null)).toEqual([]);
  const some = read("mo-we+fr 08:00-17:00, sa 09:00-24:00");
  expect(some).toEqual([
    { days: ["mo", "tu", "we", "fr"], from: "08:00", to: "17:00" },
    { days: ["sa"], from: "09:00", to: "24:00" },
  ]);
  expect(write(some)).toBe("mo+tu+we+fr 08:00-17:00, sa 09:00-24:00");
  expect(write([{ days: ["su", "mo"], from: "20:00", to: "00:00" }])).toBe("mo+su 20:00-24:00");
});
