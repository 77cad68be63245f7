import { createCipheriv, createHash } from "node:crypto";

/** Repeatable random numbers; the same seed gives the same sequence on every machine. */
export interface RandomNumbers {
  /** Uniform in [0, 1), 53 bits. */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** An integer, uniform in 0 .. limit - 1, limit at most 2^32. */
  readonly below: (limit: number) => number;
}

/** Bytes made at a time: enough that the cipher's call overhead vanishes. */
const BLOCK_BYTES = 16_384;

/**
 * AES-256 in counter mode under the hash of the seed, read as numbers. For data and models that anybody can draw
 * again; the seed is public, so nothing secret may come from here.
 */
export function randomNumbers(seed: number | string): RandomNumbers {
  const key = createHash("sha256").update(`indicia random numbers\n${seed}`).digest();
  const cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  const zeros = new Uint8Array(BLOCK_BYTES);
  let block = cipher.update(zeros);
  let at = 0;
  let spare: number | null = null;
  const word = (): number => {
    if (at === BLOCK_BYTES) {
      block = cipher.update(zeros);
      at = 0;
    }
    at += 4;
    return block.readUInt32LE(at - 4);
  };
  const uniform = (): number => ((word() >>> 5) * 67_108_864 + (word() >>> 6)) / 9_007_199_254_740_992;
  return {
    uniform,
    normal: () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      // Polar method (G. Marsaglia and T. Bray, "A Convenient Method for Generating Normal Variables", 1964).
      for (;;) {
        const u = 2 * uniform() - 1;
        const v = 2 * uniform() - 1;
        const s = u * u + v * v;
        if (s > 0 && s < 1) {
          const scale = Math.sqrt((-2 * Math.log(s)) / s);
          spare = v * scale;
          return u * scale;
        }
      }
    },
    below: (limit) => {
      if (!(Number.isInteger(limit) && limit > 0 && limit <= 2 ** 32))
        throw new RangeError(`no integer below ${limit}`);
      // Rejecting the incomplete last stretch keeps every value equally likely.
      const end = 2 ** 32 - (2 ** 32 % limit);
      for (;;) {
        const value = word();
        if (value < end) return value % limit;
      }
    },
  };
}
