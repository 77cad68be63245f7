import { answerLikeSuspect } from "./answer-like.js";
import { answerRows, type PlainResidual, plainResiduals } from "./answer-rows.js";
import { scoreRows } from "./score-rows.js";
import { beyondShadows } from "./shadow-residual.js";

/** What probes are chosen by: a narrow margin of the reference, its boundary, or how far its probabilities are spread. */
export type ProbeRule = "most-uncertain" | "boundary" | "most-spread";

/** Answers beside what the reference says, all key-free. Row i belongs to probe i. */
export interface AnswerTable {
  readonly probes: number;
  /** k and m. */
  readonly dimensions: number;
  readonly classes: number;
  /** Keyed coordinates of the probes, row-major [n, k]. */
  readonly phi: Float64Array;
  /** The reference's logits, row-major [n, m]. */
  readonly reference: Float64Array;
  /** Whether logits become probabilities by a softmax over classes or by a sigmoid each. */
  readonly link: "softmax" | "sigmoid";
  /** The suspect's numbers, row-major [n, m]; NaN where a class was kept back or the probe is lost. Null for labels. */
  readonly vectors: { readonly scale: "logits" | "probabilities"; readonly values: Float64Array } | null;
  /** The suspect's labels, length n, -1 where lost. Null for vectors. */
  readonly labels: Int32Array | null;
  /** Decimals to which the suspect rounds, or null where it does not. */
  readonly decimals: number | null;
  /** What the probes were chosen by; on the reference's boundary they stand between its two best classes. */
  readonly probeRule: ProbeRule;
  /** Logits of each registered shadow model, row-major [n, m]; empty where none are registered. */
  readonly shadows: readonly Float64Array[];
}

/** One way to compare, with R = P^T E / n, row-major [k, m], before shaping. */
export interface AnswerResidual {
  readonly residual: PlainResidual | ShadowResidual;
  readonly matrix: Float64Array;
}

/** Residuals relative to shadow models: less their mean, or less what of them fits best. */
export type ShadowResidual = "shadow-score" | "shadow-score-fitted" | "shadow-label" | "shadow-label-fitted";

/**
 * All residuals of the first `count` probes.
 *
 * Vectors: `log-ratio` is the log-odds of the suspect minus those of the reference at the best common temperature,
 * each class weighted by the inverse variance that rounding leaves it and centred with those weights; `difference`
 * is probability minus probability. Labels: `label` is one-hot minus half of each of the reference's two best
 * classes on its boundary, and minus its probabilities elsewhere.
 *
 * With shadow models also what the suspect shows beyond them (`beyondShadows`): of the score of a tilt (`scoreRows`),
 * and of labels; on probes chosen for students that alone. Not on the reference's boundary, where only copies are
 * asked, to whom shadows are no likeness.
 *
 * @throws RangeError where arrays and dimensions disagree
 */
export function answerResiduals(table: AnswerTable, count: number): AnswerResidual[] {
  checkTable(table, count);
  const plain = plainResiduals(table).map((residual) => ({
    residual,
    matrix: project(table, answerRows(table, count, residual).rows, count),
  }));
  if (table.shadows.length === 0 || table.probeRule === "boundary") return plain;
  const beyond = shadowResiduals(table, count);
  return table.probeRule === "most-spread" ? beyond : [...plain, ...beyond];
}

function shadowResiduals(table: AnswerTable, count: number): AnswerResidual[] {
  const score = table.vectors !== null;
  const matrixOf = (each: AnswerTable): Float64Array =>
    project(each, score ? scoreRows(each, count) : answerRows(each, count, "label").rows, count);
  const shadows = table.shadows.map((logits) => matrixOf({ ...table, ...answerLikeSuspect(table, logits) }));
  const { mean, fitted } = beyondShadows(matrixOf(table), shadows);
  return [
    { residual: score ? "shadow-score" : "shadow-label", matrix: mean },
    { residual: score ? "shadow-score-fitted" : "shadow-label-fitted", matrix: fitted },
  ];
}

/** Probes among the first `count` that brought no usable answer: no finite number, or no label. */
export function lostRows({ vectors, labels, classes: m }: AnswerTable, count: number): number {
  let lost = 0;
  for (let i = 0; i < count; i++) {
    if (vectors === null) lost += (labels?.[i] ?? -1) < 0 ? 1 : 0;
    else if (vectors.values.subarray(i * m, (i + 1) * m).every((value) => !Number.isFinite(value))) lost++;
  }
  return lost;
}

/** R = P^T E / n; both are centred over probes unless the probes were balanced one by one on a boundary. */
function project(table: AnswerTable, rows: Float64Array, count: number): Float64Array {
  const { dimensions: k, classes: m, phi } = table;
  const balanced = table.probeRule === "boundary";
  const e = balanced ? rows : centredColumns(rows, count, m);
  const p = balanced ? phi : centredColumns(phi, count, k);
  const matrix = new Float64Array(k * m);
  for (let i = 0; i < count; i++) {
    const row = e.subarray(i * m, (i + 1) * m);
    for (let r = 0; r < k; r++) {
      const weight = (p[i * k + r] ?? 0) / count;
      const at = r * m;
      for (let c = 0; c < m; c++) matrix[at + c] = (matrix[at + c] ?? 0) + weight * (row[c] ?? 0);
    }
  }
  return matrix;
}

function centredColumns(rows: Float64Array, count: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < width; c++) mean[c] = (mean[c] ?? 0) + (rows[i * width + c] ?? 0) / count;
  const out = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < width; c++) out[i * width + c] = (rows[i * width + c] ?? 0) - (mean[c] ?? 0);
  }
  return out;
}

function checkTable(table: AnswerTable, count: number): void {
  const { probes: n, dimensions: k, classes: m } = table;
  const sizes: readonly (readonly [string, number, number])[] = [
    ["phi", table.phi.length, n * k],
    ["reference", table.reference.length, n * m],
    ["answers", table.vectors?.values.length ?? n * m, n * m],
    ["labels", table.labels?.length ?? n, n],
    ...table.shadows.map(({ length }) => ["a shadow", length, n * m] as const),
  ];
  for (const [name, found, wanted] of sizes) {
    if (found !== wanted) throw new RangeError(`${name} has ${found} entries where ${wanted} were expected`);
  }
  if (count < 1 || count > n) throw new RangeError(`cannot use ${count} of ${n} probes`);
  if ((table.vectors === null) === (table.labels === null))
    throw new RangeError("answers are either vectors or labels");
}
