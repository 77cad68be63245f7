import { expect, test } from "vitest";
import { estimateSeconds } from "./estimate.js";

test.each([
  ["one row a request", { budget: 1000, rate: 10, rowsPerRequest: 1, perDay: null }, 100],
  ["several rows a request", { budget: 1000, rate: 10, rowsPerRequest: 64, perDay: null }, 1.6],
  ["a limit a day that is not reached", { budget: 100, rate: 10, rowsPerRequest: 1, perDay: 100 }, 10],
  ["a limit a day", { budget: 1000, rate: 10, rowsPerRequest: 1, perDay: 300 }, 3 * 86_400],
])("%s", (_, pace, seconds) => {
  expect(estimateSeconds(pace)).toBeCloseTo(seconds, 9);
});
