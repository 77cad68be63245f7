import { addMoments, emptyMoments, type RowLayout, rowScales, walkRows } from "./rows.js";

/** A run of values of one tensor, from linear index `start`. */
export interface Run {
  readonly start: number;
  readonly values: Float32Array;
}

/** Steps of R to its unit, fine enough for tensors that count little, coarse enough for int16 to hold 7 units. */
const STEPS = 4096;
const LARGEST = 32_767;
/** Without a reference the host is the noise: values beyond this many deviations count as this many. */
const BLIND_LIMIT = 3;
/** Widest and narrowest limit tried for differences, in units of a row's root mean square, and the ratio of two. */
const LIMITS = { widest: 4, narrowest: 2 ** -12, ratio: Math.SQRT1_2 } as const;
/** A narrower limit must promise this much more than a wider one. */
const WORTH_NARROWING = 1.02;
/**
 * Marks are stronger than this. Cutting off below a mark's own strength gains nothing, and where another mark lies on
 * top, what the two leave where they cancel would be taken for the weights that were not touched.
 */
const LEAST_STRENGTH = 0.002;
/** Values of unit size that each input channel is given besides its own. */
const PRIOR_VALUES = 8;
/** Input channels whose spread is this near to the others' are taken for equal. */
const ALIKE = 0.25;
/** Differences that must stay inside a limit before its promise is believed. */
const MIN_INSIDE = 200;

/**
 * Strength of mark that tensors are weighed for. Weights of the right order are all it takes; taking a mark for
 * stronger than it is costs less than letting a tensor that hardly differs outweigh all others.
 */
const NOMINAL_STRENGTH = 0.005;

/** Where the input channels of a tensor lie: weight i is of channel floor(i / stride) mod count. */
export interface InputChannels {
  readonly count: number;
  readonly stride: number;
}

/**
 * Differences suspect - reference of one tensor as R: brought to unit root mean square by rows and by input channels,
 * cut off at the limit that {@link bestLimit} finds in them, and weighed by the signal-to-noise ratio that a mark would
 * have among them, so that what was trained anew, or drowned by noise before it was scaled back, does not drown the
 * rest. Key-free: suspect and reference alone enter.
 *
 * @param runs differences in storage order; rows with a value that is not finite become 0
 * @param columns weights per row of the whole tensor
 * @param deviations standard deviation of each row of the reference
 * @returns R of the runs one after another
 */
export function shapeDifferences(
  runs: readonly Run[],
  layout: RowLayout,
  columns: number,
  deviations: Float64Array,
  channels: InputChannels = { count: 1, stride: 1 },
): Int16Array {
  const sizes = rowSizes(runs, layout, columns);
  const unit = scaledRows(runs, layout, (values, from, to, row, step, out) => {
    for (let i = from, r = row; i < to; i++, r += step) {
      const size = sizes[r] ?? 0;
      out[i] = size > 0 ? (values[i] ?? 0) / size : 0;
    }
  });
  const spread = channelSizes(unit, runs, channels);
  // What is in a weight besides the mark, in units of its row's deviation.
  const noise = new Float32Array(unit.length);
  let offset = 0;
  for (const { start, values } of runs) {
    walkRows(layout, start, values.length, (from, to, row, step) => {
      for (let i = from, r = row; i < to; i++, r += step) {
        const size = spread[Math.floor((start + i) / channels.stride) % channels.count] ?? 1;
        const deviation = deviations[r] ?? 0;
        unit[offset + i] = (unit[offset + i] as number) / size;
        noise[offset + i] = deviation > 0 ? ((sizes[r] ?? 0) * size) / deviation : 0;
      }
    });
    offset += values.length;
  }
  const { limit, efficacy } = bestLimit(unit, LEAST_STRENGTH / meanOf(noise));
  return cutOff(unit, limit, (at) => {
    const size = noise[at] as number;
    return size > 0 ? Math.min(1, (NOMINAL_STRENGTH * efficacy) / size) : 1;
  });
}

/** Mean of what is not zero; 1 where all is. */
function meanOf(values: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (value === 0) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : 1;
}

/**
 * Root mean square per input channel of values of unit rows, drawn towards 1 where few values speak. Channels that are
 * spread alike, but for chance, count as 1.
 */
function channelSizes(
  unit: Float64Array,
  runs: readonly Run[],
  { count, stride }: InputChannels,
): Float64Array {
  const squares = new Float64Array(count);
  const counts = new Float64Array(count);
  let offset = 0;
  for (const { start, values } of runs) {
    for (let i = 0; i < values.length; i++) {
      const value = unit[offset + i] as number;
      if (value === 0) continue;
      const at = Math.floor((start + i) / stride) % count;
      squares[at] = (squares[at] as number) + value * value;
      counts[at] = (counts[at] as number) + 1;
    }
    offset += values.length;
  }
  return squares.map((square, at) => {
    const size = Math.sqrt((square + PRIOR_VALUES) / ((counts[at] as number) + PRIOR_VALUES));
    return Math.abs(size - 1) < ALIKE ? 1 : size;
  });
}

/**
 * Weights of one tensor as R when there is no reference: (w - row mean) / row deviation, cut off at
 * {@link BLIND_LIMIT}.
 *
 * @param runs weights in storage order; rows with a value that is not finite become 0
 * @param columns weights per row of the whole tensor
 */
export function shapeBlind(runs: readonly Run[], layout: RowLayout, columns: number): Int16Array {
  const moments = emptyMoments(layout.rows);
  for (const { start, values } of runs) addMoments(moments, layout, start, values);
  const { means, deviations } = rowScales(moments, columns);
  const unit = scaledRows(runs, layout, (values, from, to, row, step, out) => {
    for (let i = from, r = row; i < to; i++, r += step) {
      const deviation = deviations[r] ?? 0;
      out[i] = deviation > 0 ? ((values[i] ?? 0) - (means[r] ?? 0)) / deviation : 0;
    }
  });
  const out = new Int16Array(unit.length);
  for (let i = 0; i < unit.length; i++) {
    out[i] = Math.round(Math.min(Math.max(unit[i] ?? 0, -BLIND_LIMIT), BLIND_LIMIT) * STEPS);
  }
  return out;
}

/** Whether a value of {@link shapeBlind} was not cut off. */
export function insideBlindLimit(r: number): boolean {
  return Math.abs(r) < BLIND_LIMIT * STEPS;
}

/** One unit of {@link shapeBlind}, a row's deviation, in R. */
export const BLIND_UNIT: number = STEPS;

type Fill = (
  values: Float32Array,
  from: number,
  to: number,
  row: number,
  step: 0 | 1,
  out: Float64Array,
) => void;

function scaledRows(runs: readonly Run[], layout: RowLayout, fill: Fill): Float64Array {
  let total = 0;
  for (const { values } of runs) total += values.length;
  const unit = new Float64Array(total);
  let offset = 0;
  for (const { start, values } of runs) {
    const out = unit.subarray(offset, offset + values.length);
    walkRows(layout, start, values.length, (from, to, row, step) => fill(values, from, to, row, step, out));
    offset += values.length;
  }
  return unit;
}

/** Root mean square per row; rows of which little was looked at borrow the tensor's. */
function rowSizes(runs: readonly Run[], layout: RowLayout, columns: number): Float64Array {
  const moments = emptyMoments(layout.rows);
  for (const { start, values } of runs) addMoments(moments, layout, start, values);
  // About zero, not about the mean: a shift of a whole row is part of its difference.
  moments.sums.fill(0);
  const { deviations } = rowScales(moments, columns);
  for (let r = 0; r < layout.rows; r++) if ((moments.squares[r] ?? 0) === 0) deviations[r] = 0;
  return deviations;
}

/**
 * Where to cut differences off so that a small common shift along the carrier shows best.
 *
 * For noise with density f a shift m moves the mean of psi(x) = clamp(x, -c, c) by m P(|x| < c) against a deviation
 * of sqrt(E psi^2), so the efficacy P(|x| < c) / sqrt(E psi^2) is what T grows with (P. Huber, "Robust Estimation of
 * a Location Parameter", Annals of Mathematical Statistics 35, 1964). It is estimated from the values themselves:
 * bounded noise wants no cut, a few large changes (pruning, a retrained part) want a narrow one.
 *
 * @param unit values in units of their rows' root mean square; zeros say nothing and are left out
 * @param narrowest limit that is tried
 */
export function bestLimit(
  unit: Float64Array,
  narrowest: number = LIMITS.narrowest,
): { readonly limit: number; readonly efficacy: number } {
  const limits: number[] = [];
  const least = Math.min(LIMITS.widest, Math.max(narrowest, LIMITS.narrowest));
  for (let c: number = LIMITS.widest; c >= least; c *= LIMITS.ratio) limits.push(c);
  // Value by value into the band between two limits; comparisons alone, so that every machine decides alike.
  const inside = new Float64Array(limits.length);
  const squares = new Float64Array(limits.length);
  let nonzero = 0;
  for (const value of unit) {
    const size = Math.abs(value);
    if (size === 0) continue;
    nonzero++;
    let band = -1;
    while (band + 1 < limits.length && size < (limits[band + 1] ?? 0)) band++;
    if (band < 0) continue;
    inside[band] = (inside[band] ?? 0) + 1;
    squares[band] = (squares[band] ?? 0) + size * size;
  }
  let limit: number = LIMITS.widest;
  let promised = 0;
  for (const [k, c] of limits.entries()) {
    const count = inside.subarray(k).reduce((sum, each) => sum + each, 0);
    if (count < MIN_INSIDE) break;
    const within = squares.subarray(k).reduce((sum, each) => sum + each, 0);
    const efficacy = count / nonzero / Math.sqrt((within + c * c * (nonzero - count)) / nonzero);
    if (efficacy > (k === 0 ? 0 : WORTH_NARROWING * promised)) {
      limit = c;
      promised = efficacy;
    }
  }
  return { limit, efficacy: promised > 0 ? promised : 1 };
}

/** @param weight of each value, by position */
function cutOff(unit: Float64Array, limit: number, weight: (at: number) => number): Int16Array {
  let square = 0;
  for (let i = 0; i < unit.length; i++) {
    const value = Math.min(Math.max(unit[i] ?? 0, -limit), limit);
    unit[i] = value;
    square += value * value;
  }
  const size = Math.sqrt(square / unit.length);
  const out = new Int16Array(unit.length);
  if (size === 0) return out;
  for (let i = 0; i < unit.length; i++) {
    out[i] = Math.min(Math.max(Math.round(((unit[i] ?? 0) / size) * weight(i) * STEPS), -LARGEST), LARGEST);
  }
  return out;
}
