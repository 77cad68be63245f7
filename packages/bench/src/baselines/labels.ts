import { decision } from "@indicia/proof/scores";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { BenchError } from "../error.js";

/** The label of each row of probabilities [n, m]: its largest number, -1 where it has none. */
export function labelsOf(answers: Tensor): Int32Array {
  const [rows = 0, classes = 0] = answers.dims;
  const values = toFloat64(answers).map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));
  return Int32Array.from({ length: rows }, (_, i) => {
    const label = decision(values, i, classes);
    return values[i * classes + label] === Number.NEGATIVE_INFINITY ? -1 : label;
  });
}

/**
 * Answers to a check's queries as numbers, row-major [queries, m].
 *
 * @throws BenchError BASELINE_ROWS
 */
export function checkedAnswers(answers: Tensor, queries: number, classes: number): Float64Array {
  const [rows, columns] = answers.dims;
  if (answers.dims.length !== 2 || rows !== queries || columns !== classes) {
    throw new BenchError(
      "BASELINE_ROWS",
      `answers [${answers.dims.join(", ")}] to ${queries} queries about ${classes} classes`,
      "Ask the suspect exactly the inputs of the check.",
    );
  }
  return toFloat64(answers);
}
