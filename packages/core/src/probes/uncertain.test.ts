import { expect, it } from "vitest";
import { mostSpread } from "./uncertain.js";

it("puts first the rows whose probabilities are most spread over classes, and keeps the order of equal ones", () => {
  const sure = [9, 0, 0];
  const torn = [5, 5, 0];
  const even = [1, 1, 1];
  const rows = [sure, torn, even, torn, sure];
  expect(mostSpread(Float64Array.from(rows.flat()), 3, "softmax")).toEqual([2, 1, 3, 0, 4]);
});

it("adds up the doubt of sigmoid outputs", () => {
  expect(mostSpread(Float64Array.of(0, 9, 0, 0, -9, 9), 2, "sigmoid")).toEqual([1, 0, 2]);
});
