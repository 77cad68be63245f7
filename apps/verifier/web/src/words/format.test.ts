import { describe, expect, test } from "vitest";
import {
  chanceOf,
  counted,
  formatBytes,
  formatInstant,
  formatDuration,
  formatLevel,
  formatTime,
  oddsOf,
  powerOfTen,
  shortHash,
} from "./format.js";

describe("a chance in words", () => {
  test.each([
    [0, "nothing unusual"],
    [-0.4, "nothing unusual"],
    [-2, "1 in 100"],
    [-1.5, "1 in 31"],
    [-4.5, "1 in 31,000"],
    [-6, "1 in 1,000,000"],
    [-6.9, "1 in 10⁶"],
    [-12.2, "1 in 10¹²"],
    [-42.6, "1 in 10⁴²"],
    [-77.1, "1 in 10⁷⁷"],
  ])("log10 p %d is %s", (log10P, words) => {
    expect(oddsOf(log10P)).toBe(words);
    expect(chanceOf(log10P)).toBe(log10P > -0.5 ? words : `at most ${words}`);
  });

  test("a level is one", () => expect(formatLevel(1e-6)).toBe("1 in 1,000,000"));
  test("a power may be negative", () => expect(powerOfTen(-16)).toBe("10⁻¹⁶"));
});

test.each([
  [999, "999 bytes"],
  [1, "1 byte"],
  [1_500, "1.5 kB"],
  [64_000, "64 kB"],
  [999_600, "1.0 MB"],
  [2 ** 30, "1.1 GB"],
])("%d bytes are %s", (bytes, words) => expect(formatBytes(bytes)).toBe(words));

test.each([
  [0.2, "1 second"],
  [75, "75 seconds"],
  [250, "4 minutes"],
  [5 * 3600, "5 hours"],
  [9 * 86_400, "9 days"],
])("%d seconds are %s", (seconds, words) => expect(formatDuration(seconds)).toBe(words));

test("what many come of in a minute is told to the second", () => {
  const seconds = ["2026-11-27T02:05:07Z", "2026-11-27T02:05:09Z"];
  expect(new Set(seconds.map(formatTime)).size).toBe(1);
  expect(seconds.map(formatInstant).map((told) => told.slice(-3))).toEqual([":07", ":09"]);
});

test("one is one, and several are several", () => {
  expect([counted(1, "entry", "entries"), counted(1200, "entry", "entries")]).toEqual([
    "1 entry",
    "1,200 entries",
  ]);
});

test("a hash is told by its beginning", () => {
  expect(shortHash("a".repeat(64))).toBe(`${"a".repeat(12)}…`);
});
