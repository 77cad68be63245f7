import { randomNumbers } from "@indicia/data/random-numbers";
import { statistic } from "@indicia/proof/statistic";
import { describe, expect, it } from "vitest";
import { nullMoments, readoutNullCase, weightsNullCase, wrongKeyStatistics } from "./null-calibration.js";
import { levelCounts, levelRows, NULL_LEVELS, nullRows } from "./null-rows.js";
import { meets } from "./row.js";

const numbers = randomNumbers("null calibration tests");
/** Heavy-tailed and lopsided: nothing may depend on what the suspect looks like. */
const residual = (length: number): Int16Array =>
  Int16Array.from({ length }, () => 300 * numbers.normal() ** 3 + 100);

const READOUT = readoutNullCase("readout", { rows: 8, columns: 30 }, residual(240));
const WEIGHTS = weightsNullCase("weights", [{ label: "w", start: 0, count: 9000 }], residual(9000), 4096);

describe("nullMoments", () => {
  it("has the spread that all sign patterns of a small residual really have", () => {
    const small = Int16Array.of(5, -3, 8, 1, 20, 2, 4);
    const squares = small.reduce((sum, r) => sum + r * r, 0);
    const all = Float64Array.from({ length: 2 ** small.length }, (_, pattern) =>
      statistic({ dot: small.reduce((sum, r, i) => sum + ((pattern >> i) & 1 ? -r : r), 0), squares }),
    );
    const concentration = small.reduce((sum, r) => sum + r ** 4, 0) / squares ** 2;
    const { mean, deviation, meanErrors, deviationErrors } = nullMoments(all, concentration);
    expect(mean).toBeCloseTo(0, 12);
    expect(deviation).toBeCloseTo(1, 12);
    expect(meanErrors).toBeCloseTo(0, 10);
    expect(deviationErrors).toBeCloseTo(0, 10);
    // E T^4 = 3 - 2 c, so T^2 has the variance 2 - 2 c, which the standard error of the deviation comes from.
    const fourth = all.reduce((sum, t) => sum + t ** 4, 0) / all.length;
    expect(fourth - 1).toBeCloseTo(2 - 2 * concentration, 10);
    expect(readoutNullCase("small", { rows: 1, columns: 7 }, small).concentration).toBeCloseTo(
      concentration,
      12,
    );
  });

  it("measures distances in standard errors", () => {
    const shifted = Float64Array.from({ length: 10_000 }, () => numbers.normal() + 0.1);
    expect(nullMoments(shifted, 0).meanErrors).toBeGreaterThan(6);
    const spread = Float64Array.from({ length: 10_000 }, () => 1.1 * numbers.normal());
    expect(nullMoments(spread, 0).deviationErrors).toBeGreaterThan(9);
  });
});

describe("wrong keys", () => {
  it("keep to theory on residuals of any shape", () => {
    const rows = nullRows([READOUT, WEIGHTS], { keys: 1500, seed: 7 });
    expect(rows.filter(({ goal }) => goal !== undefined)).toHaveLength(6 + NULL_LEVELS.length);
    for (const { case: name, metric, value, goal } of rows) {
      expect(goal === undefined || meets(value, goal), `${name}: ${metric} ${value} ${goal}`).toBe(true);
    }
  });

  it("are the same for the same seed and case, and others for another", () => {
    expect(wrongKeyStatistics(READOUT, 5, 7)).toEqual(wrongKeyStatistics(READOUT, 5, 7));
    expect(wrongKeyStatistics(READOUT, 5, 8)).not.toEqual(wrongKeyStatistics(READOUT, 5, 7));
    expect(wrongKeyStatistics({ ...READOUT, name: "other" }, 5, 7)).not.toEqual(
      wrongKeyStatistics(READOUT, 5, 7),
    );
  });

  it("refuse a residual of zeros", () => {
    expect(() => readoutNullCase("zero", { rows: 2, columns: 2 }, new Int16Array(4))).toThrow(
      expect.objectContaining({ code: "NULL_CASE" }),
    );
  });
});

describe("levelCounts", () => {
  it("counts from each level up, against a bound that Hoeffding's tail gives", () => {
    const counts = levelCounts(Float64Array.of(0.5, 1, 1.2, 3, -4));
    expect(counts.map(({ level }) => level)).toEqual(NULL_LEVELS);
    expect(counts.map(({ count }) => count)).toEqual([4, 3, 1, 1, 1, 1, 0, 0, 0, 0]);
    const [, , , , , , , , , last] = levelCounts(new Float64Array(10_000));
    // 10,000 exp(-12.5) = 0.037: more than 2 happen once in 120,000 runs, more than 1 once in 1,500.
    expect(last?.most).toBe(2);
  });

  it("gives away a statistic whose tail is too heavy", () => {
    const heavy = Float64Array.from({ length: 10_000 }, () => 1.6 * numbers.normal());
    const rows = levelRows("heavy", heavy, 1);
    expect(rows.some(({ value, goal }) => goal !== undefined && !meets(value, goal))).toBe(true);
  });
});
