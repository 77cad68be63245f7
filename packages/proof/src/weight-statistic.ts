import { codedBit, weightStreamKey, weightWords, WORDS_PER_BLOCK } from "./carrier.js";
import type { WeightSegment } from "./carrier-of.js";
import type { Evaluator } from "./evaluate.js";
import type { Keystream } from "./keystream.js";
import { CODED_BITS } from "./payload-code.js";
import { type ExactSums, MAX_EXACT_ENTRIES } from "./statistic.js";
import { checkSegments, segmentWeights } from "./weight-segments.js";

/** Words taken from the keystream at a time: they stay in the cache between drawing and use. */
const WORDS_AT_ONCE: number = 1024 * WORDS_PER_BLOCK;
/** Bit 1 of a word tells payload from pilot. */
const PAYLOAD_FLAG = 2;

/** Exact sums of a weight carrier against a residual, from which every statistic of the weight mark follows. */
export interface WeightSums {
  readonly pilot: ExactSums;
  /** Sum of squares over payload weights. */
  readonly payloadSquares: number;
  /** Sum of V R over the weights of each coded bit, length 1184: the soft values of the payload. */
  readonly soft: Float64Array;
}

/**
 * One pass over the carrier. All sums are integers below 2^53, hence exact and the same on every machine.
 *
 * @param segments where each run of the residual lies; they must not overlap
 * @param residual R, key-free, the segments' runs one after another
 * @throws RangeError where the segments overlap, or do not add up to the residual's length
 */
export function weightSums(
  seed: Uint8Array,
  segments: readonly WeightSegment[],
  residual: Int16Array,
  keystream: Keystream,
): WeightSums {
  checkSegments(segments);
  const total = segmentWeights(segments);
  if (total !== residual.length)
    throw new RangeError(`segments hold ${total} weights, residual ${residual.length}`);
  if (total > MAX_EXACT_ENTRIES) throw new RangeError(`more than ${MAX_EXACT_ENTRIES} entries`);
  // Bins 0 .. CODED_BITS - 1 are coded bits, the last one is the pilot.
  const dots = new Float64Array(CODED_BITS + 1);
  const squares = [0, 0];
  const keys = new Map<string, Uint8Array>();
  let offset = 0;
  for (const { label, start, count } of segments) {
    const key = keys.get(label) ?? weightStreamKey(seed, label);
    keys.set(label, key);
    for (let done = 0; done < count; done += WORDS_AT_ONCE) {
      const part = Math.min(WORDS_AT_ONCE, count - done);
      const words = weightWords(key, start + done, part, keystream);
      addRun(words, residual.subarray(offset, offset + part), dots, squares);
      offset += part;
    }
  }
  const pilot = { dot: dots[CODED_BITS] ?? 0, squares: squares[0] ?? 0 };
  return { pilot, payloadSquares: squares[1] ?? 0, soft: dots.slice(0, CODED_BITS) };
}

function addRun(words: Uint16Array, residual: Int16Array, dots: Float64Array, squares: number[]): void {
  let pilotDot = 0;
  let pilotSquares = 0;
  let payloadSquares = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    const r = residual[i] ?? 0;
    const signed = word & 1 ? -r : r;
    if (word & PAYLOAD_FLAG) {
      const bin = codedBit(word, CODED_BITS);
      dots[bin] = (dots[bin] ?? 0) + signed;
      payloadSquares += r * r;
    } else {
      pilotDot += signed;
      pilotSquares += r * r;
    }
  }
  dots[CODED_BITS] = (dots[CODED_BITS] ?? 0) + pilotDot;
  squares[0] = (squares[0] ?? 0) + pilotSquares;
  squares[1] = (squares[1] ?? 0) + payloadSquares;
}

/** Sums over all weights, every bit taken as +1. */
export function allSums({ pilot, payloadSquares, soft }: WeightSums): ExactSums {
  let dot = pilot.dot;
  for (const s of soft) dot += s;
  return { dot, squares: pilot.squares + payloadSquares };
}

/**
 * Sums over all weights under given coded bits: 0 keeps a sign, 1 turns it over.
 *
 * @param coded length 1184
 */
export function payloadSums({ pilot, payloadSquares, soft }: WeightSums, coded: Uint8Array): ExactSums {
  if (coded.length !== CODED_BITS)
    throw new RangeError(`a payload has ${CODED_BITS} coded bits, got ${coded.length}`);
  let dot = pilot.dot;
  for (let j = 0; j < CODED_BITS; j++) dot += coded[j] === 1 ? -(soft[j] ?? 0) : (soft[j] ?? 0);
  return { dot, squares: pilot.squares + payloadSquares };
}

/** Runs that stand for a whole residual before thousands of seeds: every one costs a key derivation. */
const EVALUATED_RUNS = 16;

/**
 * Prepare a residual so that thousands of seeds can be held against it, T being that of all weights with every bit
 * +1. Where the residual is longer than `coordinates`, runs of equal length spread evenly over it stand for it: a
 * choice that knows no key.
 *
 * @param segments as for {@link weightSums}
 * @param options.coordinates weights looked at per seed, at most
 * @throws RangeError as {@link weightSums}
 */
export function weightEvaluator(
  segments: readonly WeightSegment[],
  residual: Int16Array,
  options: { readonly coordinates: number; readonly keystream: Keystream },
): Evaluator {
  checkSegments(segments);
  const total = segmentWeights(segments);
  if (total !== residual.length)
    throw new RangeError(`segments hold ${total} weights, residual ${residual.length}`);
  if (total > MAX_EXACT_ENTRIES) throw new RangeError(`more than ${MAX_EXACT_ENTRIES} entries`);
  const runs = spreadRuns(segments, total, options.coordinates);
  let squares = 0;
  for (const { offset, count } of runs) {
    for (let i = offset; i < offset + count; i++) squares += (residual[i] ?? 0) * (residual[i] ?? 0);
  }
  const norm = Math.sqrt(squares);
  return (seed) => {
    let dot = 0;
    const keys = new Map<string, Uint8Array>();
    for (const { label, start, count, offset } of norm === 0 ? [] : runs) {
      const key = keys.get(label) ?? weightStreamKey(seed, label);
      keys.set(label, key);
      const words = weightWords(key, start, count, options.keystream);
      for (let i = 0; i < count; i++) {
        const r = residual[offset + i] ?? 0;
        dot += (words[i] ?? 0) & 1 ? -r : r;
      }
    }
    return Float64Array.of(norm === 0 ? 0 : dot / norm);
  };
}

interface Run extends WeightSegment {
  /** Where the run begins in the residual. */
  readonly offset: number;
}

function spreadRuns(segments: readonly WeightSegment[], total: number, coordinates: number): Run[] {
  const whole = total <= coordinates;
  const length = whole ? total : Math.floor(coordinates / EVALUATED_RUNS);
  const places = whole ? 1 : EVALUATED_RUNS;
  const runs: Run[] = [];
  for (let place = 0; place < places; place++) {
    const from = Math.floor(((total - length) * place) / Math.max(1, places - 1));
    let offset = 0;
    for (const { label, start, count } of segments) {
      const first = Math.max(from, offset);
      const end = Math.min(from + length, offset + count);
      if (first < end) runs.push({ label, start: start + first - offset, count: end - first, offset: first });
      offset += count;
    }
  }
  return runs;
}
