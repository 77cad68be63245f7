import type { ObservationFile } from "@indicia/evidence/observation-format";
import { float64Values, int32Values } from "@indicia/evidence/numbers";
import type { AnswerTable } from "@indicia/proof/answer-residual";

/**
 * The suspect's answers as an observation seals them; empty where a file is missing.
 *
 * @param files of the observation, by name
 */
export function sealedAnswers(
  { access }: Pick<ObservationFile, "access">,
  files: { get(name: string): Uint8Array | undefined },
): Pick<AnswerTable, "vectors" | "labels"> {
  const bytes = (name: string): Uint8Array => files.get(name) ?? new Uint8Array(0);
  if (access === "labels") return { vectors: null, labels: int32Values(bytes("labels.i32")) };
  const scale = access === "logits" ? "logits" : "probabilities";
  return { vectors: { scale, values: float64Values(bytes("answers.f64")) }, labels: null };
}
