import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Evaluator } from "./evaluate.js";

/** How the statistics of keys that nobody holds are spread. */
export interface DecoySpread {
  readonly keys: number;
  readonly mean: number;
  readonly deviation: number;
  readonly largest: number;
}

/**
 * Carrier seed of a decoy. Decoys come from the seal of the observation, so anyone can draw the same ones; they
 * test the arithmetic, not the independence of the observation from the key.
 *
 * @param seal 32 bytes
 */
export function decoySeed(seal: Uint8Array, index: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, index, false);
  return sha256(concatBytes(utf8ToBytes("indicia/1/decoy\0"), seal, number));
}

/** Carrier seed of the deliberately false claim: a claimant who has nothing to do with the suspect. */
export function falseClaimSeed(seal: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8ToBytes("indicia/1/false claim\0"), seal));
}

/**
 * Spread of each statistic over decoys.
 *
 * @param statistics how many T the evaluator gives
 */
export function decoySpread(
  evaluate: Evaluator,
  given: { readonly seal: Uint8Array; readonly keys: number; readonly statistics: number },
): DecoySpread[] {
  const sums = new Float64Array(given.statistics);
  const squares = new Float64Array(given.statistics);
  const largest = new Float64Array(given.statistics).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < given.keys; i++) {
    const values = evaluate(decoySeed(given.seal, i));
    for (let s = 0; s < given.statistics; s++) {
      const t = values[s] ?? 0;
      sums[s] = (sums[s] ?? 0) + t;
      squares[s] = (squares[s] ?? 0) + t * t;
      if (t > (largest[s] ?? 0) || i === 0) largest[s] = t;
    }
  }
  return Array.from({ length: given.statistics }, (_, s) => {
    const mean = given.keys > 0 ? (sums[s] ?? 0) / given.keys : 0;
    const variance = given.keys > 1 ? ((squares[s] ?? 0) - given.keys * mean * mean) / (given.keys - 1) : 0;
    return {
      keys: given.keys,
      mean,
      deviation: Math.sqrt(Math.max(variance, 0)),
      largest: given.keys > 0 ? (largest[s] ?? 0) : 0,
    };
  });
}
