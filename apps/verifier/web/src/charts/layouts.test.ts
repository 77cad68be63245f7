import { expect, test } from "vitest";
import type { Look } from "../../../src/shapes/investigations.js";
import { FRAME, layoutCurve } from "./curve-layout.js";
import { layoutHistogram } from "./histogram-layout.js";

const look = (probes: number, log10P: number | null): Look => ({
  time: "",
  probes,
  lost: 0,
  T: 1,
  log10P,
  log10PIdeal: log10P,
});

test("stronger evidence stands higher, and doublings are as far apart as one another", () => {
  const { points, level } = layoutCurve([look(64, 0), look(128, -4), look(256, -20)], 1e-6);
  const [first, second, third] = points;
  expect(points.map(({ y }) => y)).toEqual(points.map(({ y }) => y).toSorted((a, b) => b - a));
  expect((second?.x ?? 0) - (first?.x ?? 0)).toBeCloseTo((third?.x ?? 0) - (second?.x ?? 0), 9);
  expect(level).toBeLessThan(second?.y ?? 0);
  expect(level).toBeGreaterThan(third?.y ?? 0);
});

test.each([
  ["nothing", []],
  ["one look", [look(64, 0)]],
  ["a look whose key is kept out", [look(64, null), look(128, -3)]],
  ["many looks", Array.from({ length: 12 }, (_, i) => look(2 ** (i + 4), -i * i))],
])("%s stays in its frame", (_, looks) => {
  const { points, level, x, y } = layoutCurve(looks, 1e-6);
  const across = [...points.map((point) => point.x), ...x.map(({ at }) => at)];
  const up = [...points.map((point) => point.y), ...y.map(({ at }) => at), level];
  for (const at of across)
    expect(at).toSatisfy((v: number) => v >= FRAME.left && v <= FRAME.width - FRAME.right);
  for (const at of up)
    expect(at).toSatisfy((v: number) => v >= FRAME.top - 1e-9 && v <= FRAME.height - FRAME.bottom);
  expect(x.length).toBeLessThanOrEqual(6);
});

test.each([
  [18.6, 7, 8],
  [1.2, 5, 6],
  [-9, -5, 0],
])("the real key at T = %d stands between the right bars", (T, before, after) => {
  const decoys = {
    keys: 100,
    mean: 0,
    sd: 1,
    max: 3,
    from: -4,
    width: 1,
    counts: [1, 4, 20, 25, 25, 20, 4, 1],
  };
  const { bars, mark } = layoutHistogram(decoys, T, FRAME);
  expect(bars).toHaveLength(8);
  // Bars stand side by side, as wide as one another, so that any place can be told from two.
  const [first = { x: 0 }, second = { x: 0 }] = bars;
  const place = (index: number): number => first.x + index * (second.x - first.x);
  expect(mark).toBeGreaterThan(place(before));
  expect(mark).toBeLessThanOrEqual(place(after) + (after === 8 ? place(99) : 0));
  expect(bars[3]?.height).toBeGreaterThan(bars[1]?.height ?? Infinity);
});
