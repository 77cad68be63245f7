import { expect, test } from "vitest";
import { counted } from "./counted.js";

test.each([
  [0, "0 entries"],
  [1, "1 entry"],
  [2, "2 entries"],
])("%d is said as %j", (count, words) => {
  expect(counted(count, "entry", "entries")).toBe(words);
});

test("most words take an s", () => {
  expect([counted(1, "line"), counted(3, "line")]).toEqual(["1 line", "3 lines"]);
});
