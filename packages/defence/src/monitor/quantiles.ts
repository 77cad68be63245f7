import type { Unit } from "./calibration.js";
import { normalQuantile } from "./normality.js";

/** The (n + 1)(1 - level)-th smallest value, rounded up; infinite where there are too few. @param sorted ascending */
export function conformalQuantile(sorted: Float64Array, level: number): number {
  const rank = Math.ceil((sorted.length + 1) * (1 - level) - 1e-9);
  return sorted[rank - 1] ?? Number.POSITIVE_INFINITY;
}

/** The median as location, and as unit the way from there to the 95 % quantile. */
export function unitOf(values: readonly number[]): Unit {
  const sorted = Float64Array.from(values).sort();
  const location = sorted[sorted.length >> 1] ?? 0;
  const upper = sorted[Math.floor(0.95 * sorted.length)] ?? location;
  return { location, unit: Math.max(upper - location, 1e-6) };
}

/**
 * What the next of some positive values exceeds with a chance of `level`, if their logarithms are normal: their mean and so
 * many deviations above it as Student's distribution asks of a prediction (G. Hahn and W. Meeker, "Statistical Intervals",
 * 1991, section 4.7).
 *
 * @param values two or more
 */
export function predictionBound(values: readonly number[], level: number): number {
  const n = values.length;
  const logarithms = values.map((value) => Math.log(Math.max(value, Number.MIN_VALUE)));
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / n;
  const variance = logarithms.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return Math.exp(mean + studentQuantile(1 - level, n - 1) * Math.sqrt(variance * (1 + 1 / n)));
}

/** M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.5: right to 1 % from 7 degrees of freedom on. */
function studentQuantile(p: number, freedom: number): number {
  const x = normalQuantile(p);
  const terms = [
    (x ** 3 + x) / 4,
    (5 * x ** 5 + 16 * x ** 3 + 3 * x) / 96,
    (3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x) / 384,
    (79 * x ** 9 + 776 * x ** 7 + 1482 * x ** 5 - 1920 * x ** 3 - 945 * x) / 92_160,
  ];
  return terms.reduce((sum, term, i) => sum + term / freedom ** (i + 1), x);
}
