import type { Matrix } from "./matrix.js";

/** Rounds of the alternation; each brings the scales an order of magnitude nearer. */
const ROUNDS = 4;
/** Scales are taken over only where they leave less than this share of the squared difference. */
const WORTH = 0.8;

/** How many times larger the suspect's channels are than the reference's, per output and per input channel. */
export interface Scales {
  readonly out: Float64Array;
  readonly inn: Float64Array;
}

export interface Rescaled {
  /** What was divided out; null where the suspect was left as it is. */
  readonly scales: Scales | null;
  /** Squared difference that is left, as a share of the suspect's square, both at the suspect's scale. */
  readonly error: number;
}

/**
 * Bring a suspect in the reference's order to the reference's scale by least squares: factors a per output and b per
 * input channel that make sum (a_o b_i w_oik - s_oik)^2 smallest, in alternation, are divided out. The fit is made at
 * the suspect's scale, where its noise was added, and to the reference, which has none. A copy that was not rescaled is
 * left as it is, so that nothing of its mark goes into the fit.
 *
 * @param suspect changed in place; NaN where there is no partner
 * @param known factors of the input and output channels as far as they are known
 */
export function rescale(suspect: Matrix, reference: Matrix, known: Scales): Rescaled {
  const { out, inn, kernel, values } = suspect;
  const plain: Scales = { out: new Float64Array(out).fill(1), inn: new Float64Array(inn).fill(1) };
  const scales: Scales = { out: known.out.map(Math.abs), inn: known.inn.map(Math.abs) };
  const weights = rowWeights(suspect);
  for (let round = 0; round < ROUNDS; round++) {
    fit({ suspect, reference, weights }, scales, "out");
    if (inn > 1) fit({ suspect, reference, weights }, scales, "inn");
  }
  const before = difference({ suspect, reference, weights }, plain);
  const after = difference({ suspect, reference, weights }, scales);
  // What was cut out of a matrix, such as the smallest of its singular values, looks like a scale from one side alone.
  const worth =
    after.atSuspects < WORTH * before.atSuspects && after.atReference < WORTH * before.atReference;
  if (!worth) return { scales: null, error: before.atSuspects };
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const factor = 1 / ((scales.out[o] as number) * (scales.inn[i] as number));
      const base = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) values[base + k] = (values[base + k] as number) * factor;
    }
  }
  return { scales, error: after.atSuspects };
}

interface Fitted {
  readonly suspect: Matrix;
  readonly reference: Matrix;
  /** Of each output channel, so that a few large ones do not speak for all. */
  readonly weights: Float64Array;
}

/** One over each output channel's square. */
function rowWeights({ out, values }: Matrix): Float64Array {
  const width = values.length / out;
  return Float64Array.from({ length: out }, (_, o) => {
    let square = 0;
    for (let i = o * width; i < (o + 1) * width; i++) {
      const value = values[i] as number;
      if (Number.isFinite(value)) square += value * value;
    }
    return square > 0 ? 1 / square : 0;
  });
}

function fit({ suspect, reference, weights }: Fitted, scales: Scales, side: keyof Scales): void {
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
        const value = values[base + k] as number;
        // Zeros were put there by pruning, and say nothing of a scale.
        if (!Number.isFinite(value) || value === 0) continue;
        const expected = (reference.values[base + k] as number) * factor;
        const weight = weights[o] as number;
        cross[at] = (cross[at] as number) + weight * value * expected;
        square[at] = (square[at] as number) + weight * expected * expected;
      }
    }
  }
  for (let at = 0; at < own.length; at++) {
    const factor = (cross[at] as number) / (square[at] as number);
    if (Number.isFinite(factor) && factor !== 0) own[at] = factor;
  }
}

/**
 * Squared differences over the weights that have a partner, each output channel alike: at the suspect's scale, as a
 * share of its square, and at the reference's.
 */
function difference(
  { suspect, reference, weights }: Fitted,
  { out: a, inn: b }: Scales,
): { readonly atSuspects: number; readonly atReference: number } {
  const { out, inn, kernel, values } = suspect;
  let [left, whole, back] = [0, 0, 0];
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const factor = (a[o] as number) * (b[i] as number);
      const base = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) {
        const value = values[base + k] as number;
        const rest = value - (reference.values[base + k] as number) * factor;
        if (!Number.isFinite(rest)) continue;
        left += (weights[o] as number) * rest * rest;
        whole += (weights[o] as number) * value * value;
        back += (rest / factor) ** 2;
      }
    }
  }
  return { atSuspects: whole > 0 ? left / whole : 1, atReference: back };
}
