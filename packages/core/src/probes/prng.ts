import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Uniform numbers in [0, 1), repeatable from a public label; not for secrets. */
export type PublicRandom = () => number;

/**
 * xoshiro128** (D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021) with
 * its state taken from SHA-256 of a public label, so that anybody can draw the same probes and controls again.
 */
export function publicRandom(label: string): PublicRandom {
  const seed = new DataView(sha256(utf8ToBytes(label)).buffer);
  let a = seed.getUint32(0, true);
  let b = seed.getUint32(4, true);
  let c = seed.getUint32(8, true);
  // A state of all zeros is the one that the generator cannot leave.
  let d = seed.getUint32(12, true) | 1;
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return scrambled / 4_294_967_296;
  };
}

/** A standard normal deviate by the polar method (G. Marsaglia and T. Bray, SIAM Review 6, 1964). */
export function normal(random: PublicRandom): number {
  for (;;) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

/** An integer in 0 .. below - 1. */
export function below(random: PublicRandom, limit: number): number {
  return Math.floor(random() * limit);
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
