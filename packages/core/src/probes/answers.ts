import type { AnswerTable } from "@indicia/proof/answer-residual";
import type { LearnedAccess } from "../answer-kind.js";
import { SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import { float64Bytes, int32Bytes } from "@indicia/evidence/numbers";
import { CoreError } from "../error.js";
import type { Answer } from "../suspect.js";
import { join } from "./pool.js";

/**
 * Answers as arrays beside the reference's, lost ones as NaN or -1.
 *
 * @throws CoreError ANSWERS_UNUSABLE where the suspect speaks of other classes than the reference
 */
export function gatherAnswers(
  answers: readonly Answer[],
  classes: number,
  access: LearnedAccess,
): Pick<AnswerTable, "vectors" | "labels"> {
  if (access.access === "labels") return { vectors: null, labels: gatherLabels(answers, classes) };
  const values = new Float64Array(answers.length * classes).fill(Number.NaN);
  for (const [i, answer] of answers.entries()) {
    if (answer.kind !== "vector") continue;
    if (answer.values.length !== classes) {
      throw new CoreError(
        "ANSWERS_UNUSABLE",
        `the suspect answers ${answer.values.length} numbers where the reference has ${classes} classes`,
        "Choose the suspect's output that holds the class scores (--config), or examine its file.",
      );
    }
    for (const [c, value] of answer.values.entries()) {
      // Beyond the k best a suspect keeps classes back, as NaN or as zeros: censored, not zero.
      const hidden = access.access === "top-k" && value === 0;
      if (Number.isFinite(value) && !hidden) values[i * classes + c] = value;
    }
  }
  return {
    vectors: { scale: access.access === "logits" ? "logits" : "probabilities", values },
    labels: null,
  };
}

/** @throws CoreError ANSWERS_UNUSABLE where all that was answered are names */
function gatherLabels(answers: readonly Answer[], classes: number): Int32Array {
  const labels = Int32Array.from(answers, (answer) => {
    if (answer.kind === "lost") return -1;
    return answer.kind === "vector" ? argmax(answer.values) : labelIndex(answer.label, classes);
  });
  const named = answers.find((answer) => answer.kind === "label" && Number.isNaN(toNumber(answer.label)));
  if (named?.kind !== "label" || labels.some((label) => label >= 0)) return labels;
  throw new CoreError(
    "ANSWERS_UNUSABLE",
    `the suspect names a class ("${String(named.label).slice(0, 60)}") where an index was expected`,
    'List the class names in the order of the reference in --config ("classes").',
  );
}

function argmax(values: Float64Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if ((values[c] ?? 0) > (values[best] ?? 0)) best = c;
  return best;
}

function toNumber(label: number | string): number {
  return typeof label === "number" ? label : Number(label.trim() === "" ? Number.NaN : label);
}

/** Index of a class, or -1 for what is none: one such answer among usable ones is lost, and costs no more than that. */
function labelIndex(label: number | string, classes: number): number {
  const index = toNumber(label);
  return Number.isInteger(index) && index >= 0 && index < Math.max(classes, 2) ? index : -1;
}

/** What a stranger needs to form the residuals again, as files of the observation. */
export function tableFiles(table: AnswerTable): Map<string, Uint8Array> {
  const files = new Map([
    ["phi.f64", float64Bytes(table.phi)],
    ["reference.f64", float64Bytes(table.reference)],
  ]);
  if (table.shadows.length > 0) files.set(SHADOW_FILES.logits, float64Bytes(join(table.shadows)));
  for (const [name, bytes] of answerFiles(table)) files.set(name, bytes);
  return files;
}

/** The answers alone. */
export function answerFiles({
  vectors,
  labels,
}: Pick<AnswerTable, "vectors" | "labels">): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  if (vectors !== null) files.set("answers.f64", float64Bytes(vectors.values));
  if (labels !== null) files.set("labels.i32", int32Bytes(labels));
  return files;
}
