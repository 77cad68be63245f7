import { binomialUpperQuantile } from "@indicia/proof/binomial";
import { type NullCase, nullMoments, wrongKeyStatistics } from "./null-calibration.js";
import type { Measurement } from "./row.js";

/** Where the tail is counted; the highest is expected once in 268,000 keys. */
export const NULL_LEVELS: readonly number[] = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5];

/** Chance that a correct build misses any of the goals on counts, shared out among the levels. */
const RISK = 1e-4;

/** Normal quantile of the same risk, both tails: what a mean may stray, in standard errors. */
const MOST_ERRORS = 3.89;

export interface LevelCount {
  readonly level: number;
  readonly count: number;
  /** The 99.99 % quantile of the binomial with chance exp(-t^2 / 2), Bonferroni over the levels. */
  readonly most: number;
}

/** How many of independent T reach each level, against the bound of Hoeffding. */
export function levelCounts(statistics: Float64Array): LevelCount[] {
  return NULL_LEVELS.map((level) => ({
    level,
    count: statistics.filter((t) => t >= level).length,
    most: binomialUpperQuantile(RISK / NULL_LEVELS.length, statistics.length, Math.exp((-level * level) / 2)),
  }));
}

/** Rows of {@link levelCounts}. */
export function levelRows(name: string, statistics: Float64Array, seconds: number): Measurement[] {
  return levelCounts(statistics).map(({ level, count, most }) => ({
    case: name,
    metric: `T >= ${level}`,
    value: count,
    unit: `of ${statistics.length}`,
    goal: `<= ${most}`,
    seconds: seconds / NULL_LEVELS.length,
  }));
}

/**
 * Hold residuals that were made without a key against wrong keys, and compare what T does with what it must do.
 *
 * @param options.keys wrong keys per case
 * @param options.say told as cases are done
 */
export function nullRows(
  cases: readonly NullCase[],
  options: { readonly keys: number; readonly seed: number; readonly say?: (line: string) => void },
): Measurement[] {
  const { keys, seed } = options;
  const rows: Measurement[] = [];
  const pooled = new Float64Array(cases.length * keys);
  const began = performance.now();
  for (const [i, nullCase] of cases.entries()) {
    const started = performance.now();
    const statistics = wrongKeyStatistics(nullCase, keys, seed);
    pooled.set(statistics, i * keys);
    const seconds = (performance.now() - started) / 1000;
    const name = `${nullCase.name}, ${keys} wrong keys`;
    rows.push(...momentRows(name, statistics, nullCase.concentration, seconds));
    rows.push({
      case: name,
      metric: "largest T",
      value: statistics.reduce((a, b) => Math.max(a, b)),
      seconds: 0,
    });
    options.say?.(`wrong keys against ${nullCase.name}: ${i + 1} of ${cases.length}`);
  }
  const concentration = cases.reduce((sum, one) => sum + one.concentration, 0) / cases.length;
  const seconds = (performance.now() - began) / 1000;
  const name = `all ${cases.length} residuals, ${keys} wrong keys each`;
  return [
    ...rows,
    ...momentRows(name, pooled, concentration, 0),
    ...levelRows(name, pooled, seconds - rows.reduce((sum, row) => sum + row.seconds, 0)),
  ];
}

function momentRows(
  name: string,
  statistics: Float64Array,
  concentration: number,
  seconds: number,
): Measurement[] {
  const moments = nullMoments(statistics, concentration);
  const goal = `<= ${MOST_ERRORS}`;
  const common = { case: name, unit: "standard errors", goal };
  return [
    { case: name, metric: "mean T", value: moments.mean, seconds },
    { ...common, metric: "mean T from 0", value: Math.abs(moments.meanErrors), seconds: 0 },
    { case: name, metric: "sd of T", value: moments.deviation, seconds: 0 },
    { ...common, metric: "sd of T from 1", value: Math.abs(moments.deviationErrors), seconds: 0 },
  ];
}
