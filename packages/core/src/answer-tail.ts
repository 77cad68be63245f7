import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import { probabilities } from "@indicia/proof/scores";

/**
 * What a model's output holds for logits, by what follows them in the model.
 *
 * @param logits row-major [rows, classes]
 * @returns row-major [rows, classes]; the same array where nothing follows
 */
export function outputsBehind(
  tail: RegisteredReadout["tail"],
  logits: Float64Array,
  { rows, classes }: { readonly rows: number; readonly classes: number },
): Float64Array {
  if (tail === "none") return logits;
  const link = tail === "sigmoid" ? "sigmoid" : "softmax";
  const out = new Float64Array(logits.length);
  for (let row = 0; row < rows; row++)
    out.set(probabilities({ classes, reference: logits, link }, row), row * classes);
  return tail === "log-softmax" ? out.map((p) => Math.log(p)) : out;
}
