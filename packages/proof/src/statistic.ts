/** Below this many entries of int16 squared, every sum stays an exact integer in a double: 2^22 * 2^30 < 2^53. */
export const MAX_EXACT_ENTRIES = 4_000_000;

/** A sum of signs times integers, and the sum of their squares: both exact. */
export interface ExactSums {
  readonly dot: number;
  readonly squares: number;
}

/**
 * Exact sums of a carrier against a quantised residual.
 *
 * @param carrier +1/-1, length n
 * @param residual R quantised to int16, length n, n at most {@link MAX_EXACT_ENTRIES}
 * @throws RangeError where the lengths differ or are beyond exactness
 */
export function exactSums(carrier: Int8Array, residual: Int16Array): ExactSums {
  if (carrier.length !== residual.length) {
    throw new RangeError(`carrier has ${carrier.length} entries, residual ${residual.length}`);
  }
  if (residual.length > MAX_EXACT_ENTRIES) throw new RangeError(`more than ${MAX_EXACT_ENTRIES} entries`);
  let dot = 0;
  let squares = 0;
  for (let i = 0; i < residual.length; i++) {
    const r = residual[i] ?? 0;
    dot += (carrier[i] ?? 0) * r;
    squares += r * r;
  }
  return { dot, squares };
}

/** T = <V,R> / ||R||, and 0 where R = 0. */
export function statistic({ dot, squares }: ExactSums): number {
  return squares === 0 ? 0 : dot / Math.sqrt(squares);
}

/**
 * ||R|| of residuals that share a carrier; the sums of squares are exact.
 *
 * @param count entries of each, at most {@link MAX_EXACT_ENTRIES}
 * @throws RangeError for a residual of another size, or sizes beyond exactness
 */
export function exactNorms(residuals: readonly Int16Array[], count: number): number[] {
  if (count > MAX_EXACT_ENTRIES) throw new RangeError(`more than ${MAX_EXACT_ENTRIES} entries`);
  return residuals.map((residual) => {
    if (residual.length !== count)
      throw new RangeError(`a residual has ${residual.length} entries, not ${count}`);
    let squares = 0;
    for (const r of residual) squares += r * r;
    return Math.sqrt(squares);
  });
}

/**
 * Quantise R to int16, the largest magnitude to 32767. T is the same for every positive scale, so none is kept.
 * The rounding is key-free: R is fixed before the key is opened.
 *
 * @param residual finite numbers
 * @throws RangeError for NaN or infinite entries
 */
export function quantise(residual: Float64Array): Int16Array {
  let largest = 0;
  for (const r of residual) {
    const magnitude = Math.abs(r);
    if (!(magnitude < Number.POSITIVE_INFINITY))
      throw new RangeError("a residual has an entry that is not finite");
    if (magnitude > largest) largest = magnitude;
  }
  const out = new Int16Array(residual.length);
  if (largest === 0) return out;
  for (let i = 0; i < out.length; i++) out[i] = Math.round(((residual[i] ?? 0) / largest) * 32767);
  return out;
}
