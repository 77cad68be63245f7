import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel } from "@indicia/onnx/open";
import type { Keystream } from "@indicia/proof/keystream";
import { CODED_BITS } from "@indicia/proof/payload-code";
import { payloadSums, weightSums } from "@indicia/proof/weight-statistic";
import { measureBlind } from "./measure.js";
import { BLIND_UNIT, insideBlindLimit } from "./shape.js";

/** How far silencing the host may weaken or strengthen the mark. */
const FACTORS = { least: 0.5, most: 2 } as const;
/**
 * Where the blind T would stay below this, e^(-T^2 / 2) = 1.5e-8 before corrections, no examination without the
 * reference could succeed, and the mark is left exactly as strong as asked.
 */
const MIN_BLIND_T = 6;

/** By what to multiply the strength of pilot and payload weights. */
export interface HostFactors {
  readonly pilot: number;
  readonly payload: number;
}

/**
 * Factors that silence the host: the unmarked weights have a projection P on the carrier of their own, of about one
 * standard deviation, which a blind T would add to the mark's G = sum of eps over weights. With eps (1 - P / G) the
 * blind T of the marked copy is G / ||R|| whatever the key, as far as the bounds allow.
 *
 * P is taken over exactly what a blind examination measures, hence from the same key-free measurement.
 *
 * @param strengths eps by label
 */
export function hostFactors(request: {
  readonly model: OnnxModel;
  readonly plan: readonly PlannedTensor[];
  readonly seed: Uint8Array;
  readonly keystream: Keystream;
  readonly coded: Uint8Array | null;
  readonly strengths: ReadonlyMap<string, number>;
}): HostFactors {
  const { segments, residual } = measureBlind({ plan: request.plan, suspect: request.model });
  const sums = weightSums(request.seed, segments, residual, request.keystream);
  const both = payloadSums(sums, request.coded ?? new Uint8Array(CODED_BITS));
  let gain = 0;
  let offset = 0;
  for (const { label, count } of segments) {
    const step = (request.strengths.get(label) ?? 0) * BLIND_UNIT;
    for (let i = offset; i < offset + count; i++) if (insideBlindLimit(residual[i] ?? 0)) gain += step;
    offset += count;
  }
  if (gain < MIN_BLIND_T * Math.sqrt(both.squares)) return { pilot: 1, payload: 1 };
  // Each half of the weights brings half of the gain, but for a share that vanishes with their number.
  return { pilot: factor(sums.pilot.dot, gain / 2), payload: factor(both.dot - sums.pilot.dot, gain / 2) };
}

function factor(projection: number, gain: number): number {
  return Math.min(Math.max(1 - projection / gain, FACTORS.least), FACTORS.most);
}
