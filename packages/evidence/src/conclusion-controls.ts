import { type DecoySpread, decoySpread } from "@indicia/proof/decoys";
import type { Evaluator } from "@indicia/proof/evaluate";
import { hexToBytes } from "@noble/hashes/utils.js";
import { lookWitnesses, residualValues, type WeighedWitness } from "./conclusion-witnesses.js";
import { type Controls, controlOutcomes, NO_DECOYS } from "./control-outcomes.js";
import { decoyEvaluator } from "./decoy-evaluator.js";
import type { ConclusionRequest } from "./draw-conclusion.js";
import type { SealedResidual } from "./observation-format.js";

/** Put the controls of an observation under the same key and the same corrections as its strongest witness. */
export function conclusionControls(request: ConclusionRequest, best: WeighedWitness): Controls {
  return controlOutcomes({
    registration: request.registration,
    observation: request.observation,
    look: best.look,
    reaches: (residuals) => reaches(request, residuals, best, request.seed),
    reachesFalsely: (residuals, seed) => reaches(request, residuals, best, seed),
    decoys: decoysOf(request, best),
    words: { fired: "matched", falseClaim: "a deliberately false claim", decoys: "decoy keys" },
  });
}

/** Whether a control's residuals would have been called a match with the corrections that the suspect paid. */
function reaches(
  request: ConclusionRequest,
  residuals: readonly SealedResidual[],
  best: WeighedWitness,
  seed: Uint8Array,
): boolean {
  const look = { probes: best.probes, lost: 0, residuals: [...residuals] };
  return lookWitnesses({ ...request, seed }, look, best.look).some(
    ({ lnP }) => lnP <= Math.log(request.level),
  );
}

/** Decoys on the statistic that said most. */
function decoysOf(request: ConclusionRequest, best: WeighedWitness): DecoySpread {
  const values = residualValues(request.observation.files, best.sealed);
  const evaluate = decoyEvaluator(best.sealed, values, request);
  const [spread] = decoySpread(withProgress(evaluate, request), {
    seal: hexToBytes(request.observation.seal),
    keys: request.decoyKeys,
    statistics: 1,
  });
  return spread ?? NO_DECOYS;
}

function withProgress(evaluate: Evaluator, request: ConclusionRequest): Evaluator {
  let done = 0;
  return (seed) => {
    done++;
    if (done % 500 === 0) request.onProgress?.("decoy keys", done, request.decoyKeys);
    return evaluate(seed);
  };
}
