import { expect, test } from "vitest";
import { isToLeave, keepPage, leaveNow, leavePage } from "./once.ts";

test("a page that shows something this once is left when that is gone, and not before", async () => {
  const left: string[] = [];
  leavePage(() => left.push("nothing shown"));
  const first = keepPage();
  leavePage(() => left.push("shown"));
  expect([left, isToLeave()]).toEqual([["nothing shown"], true]);

  first();
  const second = keepPage();
  await Promise.resolve();
  expect([left, isToLeave()]).toEqual([["nothing shown"], true]);

  second();
  await Promise.resolve();
  expect([left, isToLeave()]).toEqual([["nothing shown", "shown"], false]);
});

test("who does not wait leaves once", async () => {
  let left = 0;
  const done = keepPage();
  leavePage(() => left++);
  leaveNow();
  done();
  await Promise.resolve();
  expect(left).toBe(1);
});
