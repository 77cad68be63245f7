import { type Evaluator, readoutEvaluator, weightEvaluator } from "@indicia/proof/evaluate";
import type { Keystream } from "@indicia/proof/keystream";
import { altered } from "./error.js";
import type { SealedResidual } from "./observation-format.js";

/** Decoys of weights look at this many coordinates at most; ten thousand keys over all of them would take minutes. */
const DECOY_COORDINATES = 16_384;
/** Signs that decoys may take in all: about a minute. A thousand classes, 96 dimensions and 10,000 keys take 10^9. */
const MAX_DECOY_WORK = 1e11;

/**
 * What gives T of any carrier seed on one sealed residual.
 *
 * @param values the residual's stored values
 * @throws EvidenceError STATISTIC_DIFFERS where so many decoys on so many values are too much work
 */
export function decoyEvaluator(
  { carrier }: SealedResidual,
  values: Int16Array,
  { decoyKeys, keystream }: { readonly decoyKeys: number; readonly keystream: Keystream },
): Evaluator {
  if (carrier.scheme === "weights/1")
    return weightEvaluator(carrier.segments, values, { coordinates: DECOY_COORDINATES, keystream });
  if (values.length * decoyKeys > MAX_DECOY_WORK)
    throw altered(
      "STATISTIC_DIFFERS",
      `${decoyKeys} decoy keys over ${values.length} values are too much work`,
    );
  return readoutEvaluator(carrier, [values], keystream);
}
