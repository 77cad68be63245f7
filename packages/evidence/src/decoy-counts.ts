import { decoySeed } from "@indicia/proof/decoys";
import type { Keystream } from "@indicia/proof/keystream";
import { hexToBytes } from "@noble/hashes/utils.js";
import { type ObservedFiles, residualValues } from "./conclusion-witnesses.js";
import { decoyEvaluator } from "./decoy-evaluator.js";
import type { SealedResidual } from "./observation-format.js";

/** T of decoys is counted in steps of a quarter from -5 to 5; what lies beyond is counted at the ends. */
export const DECOY_BINS: { readonly from: number; readonly width: number; readonly bins: number } = {
  from: -5,
  width: 0.25,
  bins: 40,
};

/**
 * How often the decoys of an observation give which T on one of its residuals. Decoys come from the seal, so this takes
 * no key.
 *
 * @param seal of the observation, hex
 * @returns one count for each of {@link DECOY_BINS}
 */
export function decoyCounts(given: {
  readonly residual: SealedResidual;
  readonly files: ObservedFiles;
  readonly seal: string;
  readonly decoyKeys: number;
  readonly keystream: Keystream;
}): number[] {
  const { residual, decoyKeys } = given;
  const evaluate = decoyEvaluator(residual, residualValues(given.files, residual), given);
  const seal = hexToBytes(given.seal);
  const { from, width, bins } = DECOY_BINS;
  const counts = Array.from({ length: bins }, () => 0);
  for (let i = 0; i < decoyKeys; i++) {
    const [t = 0] = evaluate(decoySeed(seal, i));
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((t - from) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
