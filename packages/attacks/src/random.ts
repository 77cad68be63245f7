import { createHash } from "node:crypto";

/** Repeatable random numbers of an attack. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** +1 or -1. */
  readonly sign: () => 1 | -1;
  /** The numbers 0 .. size - 1 in random order. */
  readonly order: (size: number) => number[];
}

/** The same numbers for the same seed: 53 bits at a time of SHA-256 in counter mode. */
export function seededRandom(seed: string | number): Random {
  let block = new DataView(new ArrayBuffer(0));
  let at = 0;
  let counter = 0;
  const uniform = (): number => {
    if (at + 8 > block.byteLength) {
      const bytes = createHash("sha512").update(`attack ${seed} ${counter++}`).digest();
      block = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      at = 0;
    }
    const high = block.getUint32(at) >>> 5;
    const low = block.getUint32(at + 4) >>> 6;
    at += 8;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
  // G. Box and M. Muller, "A note on the generation of random normal deviates", 1958.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    sign: () => (uniform() < 0.5 ? 1 : -1),
    order: (size) => {
      const order = Array.from({ length: size }, (_, i) => i);
      for (let i = size - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      }
      return order;
    },
  };
}
