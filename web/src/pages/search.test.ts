import { expect, test } from "vitest";
import {
  joinSort,
  joinStatuses,
  loginSearch,
  nextSort,
  parseSearch,
  parseSort,
  parseStatuses,
  safePath,
  sessionsSearch,
  siteSearch,
  siteSorts,
  usersSearch,
  sitesSearch,
  stringifySearch,
  toggled,
} from "./search.ts";

test("a list's address survives the way there and back", () => {
  const text = "?query=Klinikum+S%C3%BCd&status=error,offline&sort=-last_seen";
  expect(stringifySearch({ ...sitesSearch(parseSearch(text)) })).toBe(text);
});

test("what is default stays out of the address", () => {
  expect(stringifySearch({ ...sitesSearch({ query: "", status: "", sort: "attention" }) })).toBe("");
  expect(siteSearch({ tab: "health", period: "24h" })).toEqual(siteSearch({}));
});

test("what is not known is dropped", () => {
  expect(sitesSearch({ status: "on_fire,ok", sort: "colour" })).toEqual({
    query: undefined,
    status: "ok",
    sort: undefined,
  });
  expect(siteSearch({ series: "a b", tab: "nothing", view: "list" })).toEqual(siteSearch({}));
});

test("statuses are kept in the order of what needs somebody most", () => {
  expect(parseStatuses("ok,error,ok")).toEqual(["error", "ok"]);
  expect(joinStatuses(["ok", "warning"])).toBe("warning,ok");
  expect(joinStatuses([])).toBeUndefined();
  expect(toggled(["ok"], "error")).toEqual(["ok", "error"]);
  expect(toggled(["ok", "error"], "ok")).toEqual(["error"]);
});

test("a column sorts up, then down, then up again", () => {
  const first = nextSort(parseSort(siteSorts, undefined), "customer");
  expect(first).toEqual({ by: "customer", down: false });
  const second = nextSort(first, "customer");
  expect(joinSort(siteSorts, second)).toBe("-customer");
  expect(nextSort(second, "customer").down).toBe(false);
});

test.each(["//evil.example", "/\\evil.example", "https://evil.example", "", undefined, "/login?to=/"])(
  "after the login nobody is sent to %s",
  (to) => expect(safePath(to)).toBeUndefined(),
);

test("after the login one is sent back to the same address", () => {
  const to = "/sites?status=error&query=a%2Fb";
  const text = stringifySearch({ to });
  expect(loginSearch(parseSearch(text)).to).toBe(to);
});

test("what is no id in an address is asked of no hub", () => {
  const site = "site_01jd3x5r8hmz2k4q7t9v0w1y6c";
  expect(sessionsSearch({ site, state: "open" })).toEqual({ site, state: "open" });
  expect(sessionsSearch({ site: "xyz" })).toEqual({ site: undefined, state: undefined });
  expect(usersSearch({ customer: site })).toEqual({ customer: undefined });
});
