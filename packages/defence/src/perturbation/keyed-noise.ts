import { createHmac } from "node:crypto";
import { nodeKeystream } from "@indicia/core/keystream-node";

/** Deviation of the noise in logits: enough to reach any budget that is allowed. */
const DEVIATION = 3;

/**
 * A distribution under noise in its logits that only the key, the account and the query decide: whoever asks again gets
 * the same, so it does not average away.
 *
 * @param key 32 bytes
 * @param purpose tells account and query; two purposes have independent noise
 */
export function keyedNoise(probabilities: Float64Array, key: Uint8Array, purpose: string): Float64Array {
  const seed = createHmac("sha256", key).update(purpose).digest();
  const stream = Buffer.from(nodeKeystream(seed, 0, 8 * probabilities.length));
  const noisy = probabilities.map((p, c) => p * Math.exp(DEVIATION * normal(stream, 8 * c)));
  const sum = noisy.reduce((total, p) => total + p, 0);
  return sum > 0 ? noisy.map((p) => p / sum) : probabilities;
}

/** A normal number from eight bytes (G. Box and M. Muller, 1958). */
function normal(stream: Buffer, at: number): number {
  const u = (stream.readUInt32LE(at) + 1) / 2 ** 32;
  const v = stream.readUInt32LE(at + 4) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
