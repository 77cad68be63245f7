/** Evenly spaced frequencies at which power is computed. */
export interface FrequencyGrid {
  /** Angular frequency of the signal, in radians per unit of time. */
  readonly frequency: number;
  /** Steps up to the signal's frequency. */
  readonly per: number;
  /** All steps. */
  readonly count: number;
}

/**
 * Signal-to-noise ratio of a cosine at one frequency in unevenly spaced samples: power of the Lomb-Scargle periodogram
 * there over the mean power at all other frequencies of the grid (Charette et al., "Cosine Model Watermarking Against
 * Ensemble Distillation", 2022, "Watermark Extraction"; the window around the frequency is one step wide).
 *
 * The power is what the best a cos(wt) + b sin(wt) takes from the sum of squares, which is the periodogram of N. Lomb
 * (1976) and J. Scargle (1982, equation 10), twice as large.
 *
 * @param times [n]
 * @param values [n], mean 0
 * @returns 0 where there is no power at all
 */
export function signalToNoise(
  times: Float32Array | Float64Array,
  values: Float64Array,
  { frequency, per, count }: FrequencyGrid,
): number {
  const power = periodogram(times, values, frequency / per, count);
  const signal = power[per - 1] ?? 0;
  const noise = (power.reduce((sum, each) => sum + each, 0) - signal) / (power.length - 1);
  return noise > 0 ? signal / noise : 0;
}

/** Lomb-Scargle power at step, 2 step, ..., count step. */
export function periodogram(
  times: Float32Array | Float64Array,
  values: Float64Array,
  step: number,
  count: number,
): Float64Array {
  const n = times.length;
  const [yc, ys] = [new Float64Array(count), new Float64Array(count)];
  const [cc, cs] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < n; i++) {
    const [angle, y] = [step * (times[i] ?? 0), values[i] ?? 0];
    const [turnC, turnS] = [Math.cos(angle), Math.sin(angle)];
    let [c, s] = [turnC, turnS];
    for (let f = 0; f < count; f++) {
      yc[f] = (yc[f] ?? 0) + y * c;
      ys[f] = (ys[f] ?? 0) + y * s;
      cc[f] = (cc[f] ?? 0) + c * c;
      cs[f] = (cs[f] ?? 0) + c * s;
      // The next multiple by the addition theorems: a cosine of its own would take ten times as long.
      const next = c * turnC - s * turnS;
      s = s * turnC + c * turnS;
      c = next;
    }
  }
  return yc.map((a, f) => explained(a, ys[f] ?? 0, cc[f] ?? 0, cs[f] ?? 0, n));
}

/** (a b) M^-1 (a b)^T for M = [[cc, cs], [cs, n - cc]]; 0 where M is singular, as for fewer than two times. */
function explained(a: number, b: number, cc: number, cs: number, n: number): number {
  const ss = n - cc;
  const determinant = cc * ss - cs * cs;
  if (determinant <= 1e-9 * n * n) return 0;
  return (a * a * ss - 2 * a * b * cs + b * b * cc) / determinant;
}
