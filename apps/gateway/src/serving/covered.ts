import { type OutputPolicy, outputPast } from "../defences/output-policy.js";
import { GatewayError } from "../error.js";
import type { LiveModel } from "./live-model.js";

/**
 * A model of which a policy covers every output that may tell scores.
 *
 * @throws GatewayError MODEL_UNSUITED, once it was closed
 */
export async function covered(policy: OutputPolicy, model: LiveModel): Promise<LiveModel> {
  const past = outputPast(policy, model.outputs);
  if (past === null) return model;
  await model.close();
  throw new GatewayError(
    "MODEL_UNSUITED",
    `output "${past}" of ${model.name} may tell scores, and the policy ${policy.kind} would let them pass as they are`,
    "Serve a copy without that output, or show outputs in full.",
  );
}
