import { lnAdd } from "./log-add.js";

/** Coded bits per message bit. */
const RATE = 4;
/** Bits of the encoder's register, the newest among them; 8 of them are its memory. */
const CONSTRAINT = 9;
const MEMORY: number = CONSTRAINT - 1;
const STATES: number = 2 ** MEMORY;
/**
 * Generators of the rate-1/4 code of constraint length 9 with the largest free distance, 24, in octal; the most
 * significant bit meets the newest bit (K. J. Larsen, "Short convolutional codes with maximal free distance for
 * rates 1/2, 1/3, and 1/4", IEEE Transactions on Information Theory 19, 1973, table III).
 */
const GENERATORS = [0o463, 0o535, 0o733, 0o745] as const;

/** Bits that are sent: 256 of text, 32 of checksum. */
export const FRAME_BITS = 288;
/** Coded bits, the 8 zero bits that close the trellis included. */
export const CODED_BITS: number = RATE * (FRAME_BITS + MEMORY);

/** OUTPUT[register]: the four coded bits of a step, the first generator's in bit 0. */
const OUTPUT: Uint8Array = outputs();
/** WEIGHT[register]: how many of them are set. */
const WEIGHT: Uint8Array = OUTPUT.map(
  (bits) => (bits & 1) + ((bits >>> 1) & 1) + ((bits >>> 2) & 1) + (bits >>> 3),
);

function outputs(): Uint8Array {
  const table = new Uint8Array(2 * STATES);
  for (let register = 0; register < table.length; register++) {
    for (const [j, generator] of GENERATORS.entries()) {
      let parity = 0;
      for (let bits = register & generator; bits !== 0; bits >>>= 1) parity ^= bits & 1;
      table[register] = (table[register] ?? 0) | (parity << j);
    }
  }
  return table;
}

/**
 * Convolutional encoding of a frame, closed by zero bits. Bit 4 t + j of the result is generator j at step t.
 *
 * @param frame {@link FRAME_BITS} entries of 0 or 1
 * @returns {@link CODED_BITS} entries of 0 or 1
 */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  if (frame.length !== FRAME_BITS)
    throw new RangeError(`a frame has ${FRAME_BITS} bits, got ${frame.length}`);
  const coded = new Uint8Array(CODED_BITS);
  let state = 0;
  for (let t = 0; t < FRAME_BITS + MEMORY; t++) {
    const register = ((frame[t] ?? 0) << MEMORY) | state;
    const out = OUTPUT[register] ?? 0;
    for (let j = 0; j < RATE; j++) coded[RATE * t + j] = (out >>> j) & 1;
    state = register >>> 1;
  }
  return coded;
}

/**
 * The frame whose code word agrees best with soft values: maximum likelihood for equal noise (A. Viterbi, IEEE
 * Transactions on Information Theory 13, 1967).
 *
 * @param soft {@link CODED_BITS} finite numbers, positive where a coded bit looks like 0, in proportion to its log
 *   likelihood; 0 where nothing is known
 * @returns {@link FRAME_BITS} entries of 0 or 1
 */
export function decodeFrame(soft: Float64Array): Uint8Array {
  if (soft.length !== CODED_BITS)
    throw new RangeError(`a code word has ${CODED_BITS} bits, got ${soft.length}`);
  const steps = FRAME_BITS + MEMORY;
  const dropped = new Uint8Array(steps * STATES);
  const gains = new Float64Array(2 ** RATE);
  let score = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
  let next = new Float64Array(STATES);
  score[0] = 0;
  for (let t = 0; t < steps; t++) {
    fillGains(gains, soft, RATE * t);
    for (let state = 0; state < STATES; state++) {
      // The new state holds all of the register but its oldest bit; only zeros may close the trellis.
      if (t >= FRAME_BITS && state >= STATES / 2) {
        next[state] = Number.NEGATIVE_INFINITY;
        continue;
      }
      const register = state << 1;
      const even = (score[register & (STATES - 1)] ?? 0) + (gains[OUTPUT[register] ?? 0] ?? 0);
      const odd = (score[(register | 1) & (STATES - 1)] ?? 0) + (gains[OUTPUT[register | 1] ?? 0] ?? 0);
      next[state] = odd > even ? odd : even;
      if (odd > even) dropped[t * STATES + state] = 1;
    }
    [score, next] = [next, score];
  }
  const frame = new Uint8Array(FRAME_BITS);
  let state = 0;
  for (let t = steps - 1; t >= 0; t--) {
    if (t < FRAME_BITS) frame[t] = state >>> (MEMORY - 1);
    state = ((state << 1) | (dropped[t * STATES + state] ?? 0)) & (STATES - 1);
  }
  return frame;
}

/** gains[bits]: agreement of one step's four soft values with four coded bits. */
function fillGains(gains: Float64Array, soft: Float64Array, from: number): void {
  for (let bits = 0; bits < gains.length; bits++) {
    let sum = 0;
    for (let j = 0; j < RATE; j++) sum += (bits >>> j) & 1 ? -(soft[from + j] ?? 0) : (soft[from + j] ?? 0);
    gains[bits] = sum;
  }
}

/**
 * Union bound on the probability that {@link decodeFrame} returns another frame than the one that was sent.
 *
 * With s_j = sum of V_i R_i over the weights of coded bit j, mean +-mu and variance proxy v (what the thief added is
 * independent of V, so that Hoeffding's lemma gives v = sum of its squares), a code word at distance d wins with
 * probability at most exp(-d mu^2 / (2 v)). Summed over all words of the closed code, by a recursion along the
 * trellis that leaves out the sent word: no term is dropped. The checksum then catches all but 2^-32 of what is left,
 * which the bound does not count.
 *
 * @param ratio mu / sqrt(v), the signal-to-noise ratio of one coded bit, at least 0
 * @returns natural log of the bound, at most 0
 */
export function lnWrongDecode(ratio: number): number {
  const lnD = -(ratio * ratio) / 2;
  let astray = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
  for (let t = 0; t < FRAME_BITS + MEMORY; t++) {
    const next = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
    for (let state = 0; state < STATES; state++) {
      for (let bit = 0; bit < (t < FRAME_BITS ? 2 : 1); bit++) {
        const register = (bit << MEMORY) | state;
        const step = lnD * (WEIGHT[register] ?? 0);
        // The sent word counts as all zeros, the code being linear; whoever leaves it does so from state 0.
        const from = lnAdd(astray[state] ?? 0, state === 0 && bit === 1 ? 0 : Number.NEGATIVE_INFINITY);
        next[register >>> 1] = lnAdd(next[register >>> 1] ?? 0, from + step);
      }
    }
    astray = next;
  }
  return Math.min(astray[0] ?? 0, 0);
}
