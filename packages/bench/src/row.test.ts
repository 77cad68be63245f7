import { describe, expect, it } from "vitest";
import { makeRow, meets } from "./row.js";

const FACTS = { bench: "b", seed: 7, commit: "c", node: "v20.20.2" };
const MEASURED = { case: "x", metric: "y", value: 2, seconds: 0.5 };

describe("meets", () => {
  it.each([
    [-1000, "<= -1000", true],
    [-999.9, "<= -1000", false],
    [0.007, "<= 0.007", true],
    [5, ">= 5", true],
    [4, ">= 5", false],
    [1, "< 1", false],
    [1.1, "> 1", true],
    [0, "== 0", true],
    [1, "== 0", false],
    [2e-7, "< 1e-6", true],
  ])("%d %s: %s", (value, goal, met) => {
    expect(meets(value, goal)).toBe(met);
  });

  it.each(["", "1000", "<=1000", "=< 3", "<= many", "<= 1 MB", "<= "])("refuses the goal %j", (goal) => {
    expect(() => meets(1, goal)).toThrow(expect.objectContaining({ code: "GOAL_INVALID" }));
  });
});

describe("makeRow", () => {
  it("has every field of the format, in its order", () => {
    const row = makeRow(FACTS, {
      ...MEASURED,
      goal: ">= 1",
      model: "ab",
      baseline: 0.5,
      rounds: [1, 2, 3],
      unit: "s",
    });
    expect(JSON.stringify(row)).toBe(
      '{"bench":"b","case":"x","metric":"y","value":2,"unit":"s","goal":">= 1","met":true,"rounds":[1,2,3],' +
        '"baseline":0.5,"ratio":4,"seed":7,"model":"sha256:ab","commit":"c","node":"v20.20.2","seconds":0.5}',
    );
  });

  it("leaves null what was not given", () => {
    expect(makeRow(FACTS, MEASURED)).toMatchObject({
      goal: null,
      met: null,
      baseline: null,
      ratio: null,
      model: null,
      rounds: [],
      unit: "",
    });
  });

  it("judges the ratio where the goal is on it", () => {
    expect(makeRow(FACTS, { ...MEASURED, goal: "<= 4", goalOn: "ratio", baseline: 0.4 }).met).toBe(false);
    expect(makeRow(FACTS, { ...MEASURED, goal: "<= 4", goalOn: "ratio", baseline: 0.6 }).met).toBe(true);
    expect(makeRow(FACTS, { ...MEASURED, goal: "<= 4", goalOn: "ratio" }).met).toBe(false);
  });

  it("refuses numbers that JSON cannot hold", () => {
    for (const wrong of [
      { value: Number.NaN },
      { rounds: [1, Number.POSITIVE_INFINITY] },
      { baseline: Number.NaN },
    ]) {
      expect(() => makeRow(FACTS, { ...MEASURED, ...wrong })).toThrow(
        expect.objectContaining({ code: "ROW_INVALID" }),
      );
    }
  });
});
