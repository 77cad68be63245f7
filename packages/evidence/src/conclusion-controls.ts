import { corrected } from "@indicia/proof/correction";
import { type DecoySpread, decoySpread, falseClaimSeed } from "@indicia/proof/decoys";
import type { Evaluator } from "@indicia/proof/evaluate";
import { lnRademacherTail } from "@indicia/proof/tail";
import { hexToBytes } from "@noble/hashes/utils.js";
import { lookWitnesses, residualValues, type WeighedWitness } from "./conclusion-witnesses.js";
import type { ConclusionRequest } from "./draw-conclusion.js";
import { decoyEvaluator } from "./decoy-evaluator.js";
import type { ConclusionFile, ControlOutcome, ObservedControl, SealedResidual } from "./formats.js";

/** Standard errors by which the decoys' mean and spread may miss 0 and 1 before the arithmetic is doubted. */
const DECOY_TOLERANCE = 6;

export interface Controls {
  readonly outcomes: ConclusionFile["controls"];
  /** Reasons why the verdict is void; empty where every control held. */
  readonly fired: string[];
}

/** Put the controls of an observation under the same key and the same corrections as its strongest witness. */
export function controlOutcomes(request: ConclusionRequest, best: WeighedWitness): Controls {
  const fired: string[] = [];
  const outcome = (name: string, kind: ObservedControl["kind"], none: ControlOutcome): ControlOutcome => {
    const models = request.observation.file.controls.filter((control) => control.kind === kind);
    if (models.length === 0) return none;
    const matching = models.filter((model) => reaches(request, model.residuals, best, request.seed));
    if (matching.length > 0)
      fired.push(`control fired: ${name} (${matching.map((model) => model.name).join(", ")})`);
    return matching.length > 0 ? "match" : "inconclusive";
  };
  const reference = outcome("the unmarked reference matched", "reference", "not run");
  const registered = request.registration.file.shadows.length > 0;
  const shadows = outcome("a shadow model matched", "shadow", registered ? "not run" : "none registered");
  const innocents = outcome("an innocent model matched", "innocent", "not run");
  const falseClaim = falseClaimOutcome(request, best, fired);
  const spread = decoysOf(request, best);
  if (spread.keys > 0 && !plausible(spread))
    fired.push("control fired: decoy keys are not spread as theory says");
  return {
    outcomes: {
      decoyKeys: spread.keys,
      decoyMeanT: spread.mean,
      decoySdT: spread.deviation,
      decoyMaxT: spread.largest,
      reference,
      shadows,
      innocents,
      falseClaim,
    },
    fired,
  };
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

function falseClaimOutcome(
  request: ConclusionRequest,
  best: WeighedWitness,
  fired: string[],
): ControlOutcome {
  const seed = falseClaimSeed(hexToBytes(request.observation.seal));
  const look = request.observation.file.looks[best.look - 1];
  if (look === undefined) return "not run";
  if (!reaches(request, look.residuals, best, seed)) return "inconclusive";
  fired.push("control fired: a deliberately false claim matched");
  return "match";
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
  return spread ?? { keys: 0, mean: 0, deviation: 0, largest: 0 };
}

function withProgress(evaluate: Evaluator, request: ConclusionRequest): Evaluator {
  let done = 0;
  return (seed) => {
    done++;
    if (done % 500 === 0) request.onProgress?.("decoy keys", done, request.decoyKeys);
    return evaluate(seed);
  };
}

/** T of decoys has mean 0 and variance 1 whatever R is, so sample mean and spread have known errors. */
export function plausible({ keys, mean, deviation, largest }: DecoySpread): boolean {
  if (keys < 100 || deviation === 0) return true;
  const meanError = 1 / Math.sqrt(keys);
  const spreadError = 1 / Math.sqrt(2 * keys);
  const unlikely = corrected(lnRademacherTail(largest), [
    { name: "decoys", factor: keys, lnFactor: Math.log(keys) },
  ]);
  return (
    Math.abs(mean) <= DECOY_TOLERANCE * meanError &&
    Math.abs(deviation - 1) <= DECOY_TOLERANCE * spreadError &&
    unlikely > Math.log(1e-6)
  );
}
