import { readoutCarrier, weightStreamKey, weightWords } from "./carrier.js";
import type { Keystream } from "./keystream.js";
import { exactNorms } from "./statistic.js";
import type { WeightSegment } from "./weight-segments.js";

/** T of several residuals under one carrier. */
export type Evaluator = (seed: Uint8Array) => Float64Array;

/**
 * Prepare residuals that share a read-out carrier, so that thousands of seeds can be held against them.
 *
 * @param carrier k and m
 * @param residuals each R quantised, row-major [k, m]
 * @returns for a seed, T of each residual; sums are exact integers, so T is the same on every machine
 * @throws RangeError where a residual has another size
 */
export function readoutEvaluator(
  carrier: { readonly rows: number; readonly columns: number },
  residuals: readonly Int16Array[],
  keystream: Keystream,
): Evaluator {
  const count = carrier.rows * carrier.columns;
  const norms = exactNorms(residuals, count);
  return (seed) => {
    const signs = readoutCarrier(seed, carrier.rows, carrier.columns, keystream);
    return Float64Array.from(residuals, (residual, index) => {
      const norm = norms[index] ?? 0;
      if (norm === 0) return 0;
      let dot = 0;
      for (let i = 0; i < count; i++) dot += (signs[i] as number) * (residual[i] as number);
      return dot / norm;
    });
  };
}

/**
 * Prepare a residual of weights, so that thousands of seeds can be held against it. All payload bits count as +1: for
 * keys that nobody marked with, one pattern is as good as another.
 *
 * @param limits.coordinates how many of the weights take part at most: evenly spaced runs, a key-free choice
 * @returns for a seed, T over the chosen weights
 */
export function weightEvaluator(
  segments: readonly WeightSegment[],
  residual: Int16Array,
  limits: { readonly coordinates: number; readonly keystream: Keystream },
): Evaluator {
  const { runs, values } = sampleRuns(segments, residual, limits.coordinates);
  let squares = 0;
  for (const r of values) squares += r * r;
  const norm = Math.sqrt(squares);
  return (seed) => {
    const keys = new Map<string, Uint8Array>();
    let dot = 0;
    let offset = 0;
    for (const { label, start, count } of norm === 0 ? [] : runs) {
      const key = keys.get(label) ?? weightStreamKey(seed, label);
      keys.set(label, key);
      const words = weightWords(key, start, count, limits.keystream);
      // Exact in 32 bits over a run; without a branch, since no processor can guess a keystream.
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const minus = (words[i] as number) & 1;
        sum = (sum + (((values[offset + i] as number) ^ -minus) + minus)) | 0;
      }
      dot += sum;
      offset += count;
    }
    return Float64Array.of(norm === 0 ? 0 : dot / norm);
  };
}

/** Longest run of a sample: long enough to draw its words at once. */
const RUN = 4096;

function sampleRuns(
  segments: readonly WeightSegment[],
  residual: Int16Array,
  most: number,
): { runs: WeightSegment[]; values: Int16Array } {
  const pieces: { run: WeightSegment; offset: number }[] = [];
  let offset = 0;
  for (const { label, start, count } of segments) {
    for (let done = 0; done < count; done += RUN) {
      const length = Math.min(RUN, count - done);
      pieces.push({ run: { label, start: start + done, count: length }, offset: offset + done });
    }
    offset += count;
  }
  if (offset !== residual.length)
    throw new RangeError(`segments hold ${offset} weights, residual ${residual.length}`);
  const stride = Math.max(1, Math.ceil(offset / Math.max(most, RUN)));
  const kept = pieces.filter((_, index) => index % stride === 0);
  const values = new Int16Array(kept.reduce((sum, { run }) => sum + run.count, 0));
  let at = 0;
  for (const piece of kept) {
    values.set(residual.subarray(piece.offset, piece.offset + piece.run.count), at);
    at += piece.run.count;
  }
  return { runs: kept.map(({ run }) => run), values };
}
