import type { Matrix } from "./matrix.js";

/** Rounds of the alternation; each brings the scales an order of magnitude nearer. */
const ROUNDS = 6;
/** Scales are taken over only where they leave less than this share of the squared difference. */
const WORTH = 0.8;

/** Factors per output and per input channel. */
export interface Scales {
  readonly out: Float64Array;
  readonly inn: Float64Array;
}

/**
 * Bring an aligned suspect to the reference's scale by least squares: factors a per output and b per input channel
 * that make sum (a_o b_i s_oik - w_oik)^2 smallest, in alternation. A copy that was not rescaled is left as it is, so
 * that nothing of its mark goes into the fit.
 *
 * @param suspect aligned, in place; NaN where there is no partner
 * @returns the factors that were applied, or null for none
 */
export function rescale(suspect: Matrix, reference: Matrix): Scales | null {
  const { out, inn, kernel, values } = suspect;
  const scales: Scales = { out: new Float64Array(out).fill(1), inn: new Float64Array(inn).fill(1) };
  const before = difference(suspect, reference, scales);
  for (let round = 0; round < ROUNDS; round++) {
    fit(suspect, reference, scales, "out");
    if (inn > 1) fit(suspect, reference, scales, "inn");
  }
  if (!(difference(suspect, reference, scales) < WORTH * before)) return null;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const factor = (scales.out[o] as number) * (scales.inn[i] as number);
      const base = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) values[base + k] = (values[base + k] as number) * factor;
    }
  }
  return scales;
}

function fit(suspect: Matrix, reference: Matrix, scales: Scales, side: keyof Scales): void {
  const { out, inn, kernel, values } = suspect;
  const other = side === "out" ? scales.inn : scales.out;
  const own = scales[side];
  const cross = new Float64Array(own.length);
  const square = new Float64Array(own.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const at = side === "out" ? o : i;
      const factor = other[side === "out" ? i : o] as number;
      const base = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) {
        const value = (values[base + k] as number) * factor;
        if (!Number.isFinite(value)) continue;
        cross[at] = (cross[at] as number) + value * (reference.values[base + k] as number);
        square[at] = (square[at] as number) + value * value;
      }
    }
  }
  for (let at = 0; at < own.length; at++) {
    const factor = (cross[at] as number) / (square[at] as number);
    own[at] = Number.isFinite(factor) && factor !== 0 ? factor : 1;
  }
}

/** Squared difference over the weights that have a partner. */
function difference(
  { out, inn, kernel, values }: Matrix,
  reference: Matrix,
  { out: a, inn: b }: Scales,
): number {
  let sum = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const factor = (a[o] as number) * (b[i] as number);
      const base = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) {
        const left = (values[base + k] as number) * factor - (reference.values[base + k] as number);
        if (Number.isFinite(left)) sum += left * left;
      }
    }
  }
  return sum;
}
