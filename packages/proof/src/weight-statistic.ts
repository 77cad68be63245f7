import { codedBit, weightStreamKey, weightWords, WORDS_PER_BLOCK } from "./carrier.js";
import type { Keystream } from "./keystream.js";
import { CODED_BITS } from "./payload-code.js";
import { type ExactSums, MAX_EXACT_ENTRIES } from "./statistic.js";
import { checkSegments, segmentWeights, type WeightSegment } from "./weight-segments.js";

/** Words taken from the keystream at a time: they stay in the cache between drawing and use. */
const WORDS_AT_ONCE: number = 1024 * WORDS_PER_BLOCK;
/** Bit 0 of a word is the sign, set for -1; bit 1 tells payload from pilot. */
const SIGN = 1;
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
  let all = 0;
  let payload = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    const r = residual[i] ?? 0;
    const flag = (word & PAYLOAD_FLAG) >>> 1;
    // Arithmetic instead of branches, which random bits would make the processor mispredict.
    all += r * r;
    payload += flag * r * r;
    const bin = flag === 1 ? codedBit(word, CODED_BITS) : CODED_BITS;
    dots[bin] = (dots[bin] ?? 0) + r * (1 - ((word & SIGN) << 1));
  }
  squares[0] = (squares[0] ?? 0) + all - payload;
  squares[1] = (squares[1] ?? 0) + payload;
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
