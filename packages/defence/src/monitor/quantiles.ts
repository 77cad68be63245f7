import type { Unit } from "./calibration.js";

/** The (n + 1)(1 - level)-th smallest value, rounded up; infinite where there are too few. @param sorted ascending */
export function conformalQuantile(sorted: Float64Array, level: number): number {
  const rank = Math.ceil((sorted.length + 1) * (1 - level) - 1e-9);
  return sorted[rank - 1] ?? Number.POSITIVE_INFINITY;
}

/**
 * The median as location, and as unit the way from there to the 95 % quantile, times what the highest come to in it.
 *
 * @param highest given location and way
 */
export function unitOf(
  values: readonly number[],
  highest: (location: number, spread: number) => number = () => 1,
): Unit {
  const sorted = Float64Array.from(values).sort();
  const location = sorted[sorted.length >> 1] ?? 0;
  const upper = sorted[Math.floor(0.95 * sorted.length)] ?? location;
  const spread = Math.max(upper - location, 1e-6);
  return { location, unit: spread * highest(location, spread) };
}
