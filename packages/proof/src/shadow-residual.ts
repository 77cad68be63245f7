import type { AnswerTable } from "./answer-residual.js";
import type { AnswerRows, PlainResidual } from "./answer-rows.js";
import { probabilities } from "./scores.js";

/** A suspect's residual rows beside those of every shadow, formed by the same formula. */
export interface ShadowComparison {
  readonly table: AnswerTable;
  readonly count: number;
  readonly residual: PlainResidual;
  /** E of the suspect. */
  readonly own: AnswerRows;
  /** E of each shadow, at least one. */
  readonly shadows: readonly AnswerRows[];
}

/**
 * Residual rows less what students of the unmarked reference have in common: where a student must go astray, all of
 * them do, and the key has no part in that.
 *
 * Vectors: E minus the mean of the shadows' unweighted rows, at the suspect's own weights. Labels: one-hot minus the
 * mean probability of the reference and its shadows, sharpened or flattened by what fits the suspect's labels best.
 *
 * @returns row-major [count, m]
 */
export function beyondShadows(given: ShadowComparison): Float64Array {
  return given.residual === "label" ? beyondExpectedLabels(given) : beyondMeanRows(given);
}

function beyondMeanRows({ own, shadows }: ShadowComparison): Float64Array {
  return own.rows.map((e, at) => {
    const weight = own.weights[at] ?? 0;
    if (weight === 0) return 0;
    let sum = 0;
    let seen = 0;
    for (const { rows, weights } of shadows) {
      const theirs = weights[at] ?? 0;
      if (theirs === 0) continue;
      sum += (rows[at] ?? 0) / theirs;
      seen++;
    }
    return seen === 0 ? e : e - (weight * sum) / seen;
  });
}

function beyondExpectedLabels({ table, count, own }: ShadowComparison): Float64Array {
  const { classes: m, labels } = table;
  const expected = expectedLogs(table, count);
  // Outputs of a sigmoid each are no distribution over classes, so there is no common temperature to fit.
  const sharpness = table.link === "sigmoid" ? 1 : fittedSharpness(table, expected, count);
  const rows = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    if ((own.weights[i * m] ?? 0) === 0) continue;
    const label = labels?.[i] ?? -1;
    const hit = m === 1 ? label - 1 : label;
    const p = sharpened(expected.subarray(i * m, (i + 1) * m), sharpness, table.link);
    for (let c = 0; c < m; c++) rows[i * m + c] = (c === hit ? 1 : 0) - (p[c] ?? 0);
  }
  return rows;
}

/** Least probability that a logarithm is taken of. */
const LEAST_PROBABILITY = 1e-12;

/** Logarithm of the mean probability over the reference and its shadows, row-major [count, m]. */
function expectedLogs(table: AnswerTable, count: number): Float64Array {
  const { classes: m, link } = table;
  const models = [table.reference, ...table.shadows];
  const mean = new Float64Array(count * m);
  for (const reference of models) {
    for (let i = 0; i < count; i++) {
      const p = probabilities({ classes: m, reference, link }, i);
      for (let c = 0; c < m; c++) mean[i * m + c] = (mean[i * m + c] ?? 0) + (p[c] ?? 0) / models.length;
    }
  }
  return mean.map((p) => Math.log(Math.max(p, LEAST_PROBABILITY)));
}

/** Sharpness outside this range is a misfit. */
const SHARPNESS = { least: 0.1, most: 10 } as const;
/** Halvings of that range: to about a millionth. */
const HALVINGS = 24;

/** The exponent a of p^a / sum(p^a) that gives the suspect's labels the greatest likelihood, concave in a. */
function fittedSharpness(table: AnswerTable, expected: Float64Array, count: number): number {
  const { classes: m, labels } = table;
  let { least, most }: { least: number; most: number } = SHARPNESS;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (least + most) / 2;
    let slope = 0;
    for (let i = 0; i < count; i++) {
      const label = labels?.[i] ?? -1;
      if (label < 0 || label >= m) continue;
      const row = expected.subarray(i * m, (i + 1) * m);
      const p = sharpened(row, middle, "softmax");
      slope += row[label] ?? 0;
      for (let c = 0; c < m; c++) slope -= (p[c] ?? 0) * (row[c] ?? 0);
    }
    if (slope > 0) least = middle;
    else most = middle;
  }
  return (least + most) / 2;
}

/** p^a / sum(p^a) from log p; for sigmoid outputs p itself. */
function sharpened(logs: Float64Array, sharpness: number, link: AnswerTable["link"]): Float64Array {
  if (link === "sigmoid") return logs.map(Math.exp);
  const reference = logs.map((log) => sharpness * log);
  return probabilities({ classes: logs.length, reference, link }, 0);
}
