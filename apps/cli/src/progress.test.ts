import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { progressBars, progressLines, timeLeft } from "./progress.js";

function terminal(): { readonly stream: PassThrough; readonly shown: () => string } {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream, shown: () => chunks.join("") };
}

test("a bar names its step, how far it is and how long it still takes", () => {
  const { stream, shown } = terminal();
  let now = 0;
  const bars = progressBars(stream, () => now);
  const bar = bars.start("asking {the} suspect");
  bar.update(0, 200);
  now = 30_000;
  bar.update(50, 200);
  bars.clear();
  expect(shown()).toContain("asking (the) suspect ######------------------ 25 % 1 min 30 s left");
  expect(shown()).not.toContain("\n");
});

test("one bar at a time: a new one ends the old", () => {
  const { stream, shown } = terminal();
  const bars = progressBars(stream);
  const first = bars.start("first");
  first.update(1, 2);
  bars.start("second").update(1, 2);
  const before = shown().split("first").length;
  bars.clear();
  bars.clear();
  expect(shown().split("first").length).toBe(before);
  expect(shown()).toContain("second");
});

test.each([
  [0, 100, 5000, ""],
  [1, 100, 5000, ""],
  [100, 100, 5000, ""],
  [5, 0, 5000, ""],
  [50, 100, 5000, "5 s left"],
  [2, 100, 5000, "4 min 5 s left"],
  [10, 1000, 5000, ""],
  [100, 1000, 1_000_000, "2 h 30 min left"],
])("%d of %d after %d ms: %j", (done, total, elapsed, words) => {
  expect(timeLeft(done, total, elapsed)).toBe(words);
});

test("without a terminal a short stage says nothing, and a long one now and then how far it is", () => {
  let now = 0;
  const lines: string[] = [];
  const { start } = progressLines(
    (line) => lines.push(line),
    () => now,
  );
  const bar = start("asking");
  for (now = 0; now < 70_000; now += 1000) bar.update(now / 1000, 100);
  expect(lines).toEqual([
    "asking: 5 of 100, 1 min 35 s left",
    "asking: 35 of 100, 1 min 5 s left",
    "asking: 65 of 100, 35 s left",
  ]);
  bar.stop();
  bar.stop();
  expect(lines.slice(3)).toEqual(["asking: ended at 69 of 100"]);
  const short = start("looking");
  short.update(1, 2);
  short.stop();
  expect(lines).toHaveLength(4);
});
