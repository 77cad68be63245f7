import { CODED_BITS } from "@indicia/proof/payload-code";

/** What a thief left of a weight mark. */
export interface MarkedWeights {
  /** N, weights measured. */
  readonly weights: number;
  /** eps, in units of a row's standard deviation. */
  readonly strength: number;
  /** c, the share of the mark that is left, 0 .. 1. */
  readonly surviving: number;
  /** d, deviation of what was added since, in units of a row's standard deviation. */
  readonly noise: number;
}

/**
 * Expected T over all weights with the reference: each weight brings c eps against a root mean square of
 * sqrt((c eps)^2 + d^2) (signatures, "Weight mark"). Cutting differences off changes it only where their
 * distribution is far from normal, and then upwards.
 */
export function expectedT({ weights, strength, surviving, noise }: MarkedWeights): number {
  const mark = surviving * strength;
  const size = Math.hypot(mark, noise);
  return size === 0 ? 0 : (Math.sqrt(weights) * mark) / size;
}

/** Expected T over the pilot: half of the weights. */
export function expectedPilotT(marked: MarkedWeights): number {
  return expectedT({ ...marked, weights: marked.weights / 2 });
}

/**
 * Expected T without the reference, of a copy whose embedder silenced the host: the host is the noise, one
 * deviation of it. A host of heavy tails gives more, since its tails are cut off.
 */
export function expectedBlindT({ weights, strength, surviving }: MarkedWeights): number {
  return Math.sqrt(weights) * surviving * strength;
}

/**
 * Signal-to-noise ratio of one coded payload bit, for `lnWrongDecode`: half of the weights are shared by 1184 bits.
 */
export function expectedBitRatio({ weights, strength, surviving, noise }: MarkedWeights): number {
  return (Math.sqrt(weights / 2 / CODED_BITS) * surviving * strength) / noise;
}
