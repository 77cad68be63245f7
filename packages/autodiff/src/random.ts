import { createHash } from "node:crypto";

/** Repeatable random numbers; the same seed and purpose give the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** An integer, uniform in 0 .. limit - 1. */
  readonly below: (limit: number) => number;
  /** -1 or 1. */
  readonly sign: () => number;
  /** 0 .. count - 1 in random order (Fisher and Yates). */
  readonly permutation: (count: number) => Uint32Array;
}

/** What randomness starts from. */
export type Seed = number | string;

/** xoshiro128** (D. Blackman and S. Vigna, 2018) from the SHA-256 of seed and purpose: fast, and no secret. */
export function random(seed: Seed, purpose: string): Random {
  const digest = createHash("sha256").update(`${purpose}\n${seed}`).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as [number, number, number, number];
  let spare: number | null = null;
  const word = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = (): number => word() / 2 ** 32;
  const below = (limit: number): number => Math.floor(uniform() * limit);
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    // G. Box and M. Muller, 1958; 1 - uniform is never 0.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return {
    uniform,
    normal,
    below,
    sign: () => (word() & 1 ? 1 : -1),
    permutation: (count) => {
      const order = Uint32Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      }
      return order;
    },
  };
}
