import { nodeKeystream } from "@indicia/core/keystream-node";
import { storedWeights } from "@indicia/core/marks/weights/align/suspect-weights";
import { embedWeights } from "@indicia/core/marks/weights/embed";
import { measureFound, measureWeights, type WeightMeasurement } from "@indicia/core/marks/weights/measure";
import { planWeights } from "@indicia/core/marks/weights/plan";
import type { PlannedTensor } from "@indicia/evidence/registration-format";
import { type OnnxModel, openModelBytes } from "@indicia/onnx/open";
import { modelBytes } from "@indicia/onnx/write";
import { decoySeed } from "@indicia/proof/decoys";
import { toLog10 } from "@indicia/proof/tail";
import { detectWeights, type WeightWitness } from "@indicia/proof/weight-detect";
import { correction, corrected } from "@indicia/proof/correction";
import { BenchError } from "../error.js";
import { SEED } from "../facts.js";

/** Key of the bench. */
export const KEY: Uint8Array = decoySeed(new Uint8Array(32).fill(SEED), 0);
export const PAYLOAD = "recipient 4711";

/** A reference with its plan, and copies marked from it. */
export interface Marked {
  readonly reference: OnnxModel;
  readonly plan: readonly PlannedTensor[];
  readonly weights: number;
  readonly bytes: Uint8Array;
}

/** @throws BenchError MODEL_UNSUITABLE where the model has no weights to mark */
export function marked(original: Uint8Array, strength: number, payload: string = PAYLOAD): Marked {
  const reference = openModelBytes(original);
  const planned = planWeights(reference, { exclude: [] });
  if ("refusal" in planned)
    throw new BenchError("MODEL_UNSUITABLE", planned.refusal, "Choose another model.");
  const plan = planned.tensors;
  const { edits } = embedWeights({
    model: reference,
    plan,
    seed: KEY,
    strength,
    payload,
    keystream: nodeKeystream,
  });
  const weights = plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  return { reference, plan, weights, bytes: modelBytes(reference, edits) };
}

/** Measure a suspect without any key, aligned to the reference or as it lies. */
export async function measured(
  { reference, plan }: Marked,
  suspect: Uint8Array,
  aligned = true,
): Promise<WeightMeasurement> {
  const model = openModelBytes(suspect);
  if (aligned) return measureWeights({ plan, suspect: model, reference });
  const found = storedWeights(plan, model, reference);
  return measureFound({ plan, suspect: model, reference }, { found, missing: [] });
}

/** Everything that a key says of a measurement. */
export function heldAgainst(
  { segments, residual }: WeightMeasurement,
  seed: Uint8Array,
  payload: string | null = PAYLOAD,
): WeightWitness[] {
  return detectWeights({ seed, segments, residual, committedPayload: payload, keystream: nodeKeystream });
}

/** log10 p of an ideal carrier after the correction for the statistics tried, T over all weights under the payload. */
export function evidence(witnesses: readonly WeightWitness[]): {
  log10P: number;
  T: number;
  text: string | null;
} {
  const committed = witnesses.find(({ statistic }) => statistic === "committed payload");
  const paid = [correction("statistics tried", witnesses.length)];
  return {
    log10P: toLog10(corrected(committed?.lnP ?? 0, paid)),
    T: committed?.T ?? 0,
    text: committed?.payload?.text ?? null,
  };
}
