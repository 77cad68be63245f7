import { int16Bytes, int32Bytes } from "@indicia/evidence/numbers";
import { answerLikeSuspect } from "@indicia/proof/answer-like";
import type { AnswerTable } from "@indicia/proof/answer-residual";
import { answerRows, plainResiduals } from "@indicia/proof/answer-rows";
import { beyondShadows } from "@indicia/proof/shadow-residual";
import { quantise } from "@indicia/proof/statistic";
import { decision } from "@indicia/proof/scores";
import { isDoubtful, type LoggedPlan } from "./plan.js";

/** What is tried of each residual: as it is, and with every query weighing the same. */
const SHAPINGS = ["raw", "evened"] as const;
/** Numbers per query in the file of labels: the reference's, the suspect's (-1: none), 1 where it is doubtful. */
export const LABEL_FIELDS = 3;

/** Key-free findings on a set of queries, in the carriers' coordinates. */
export interface MeasuredQueries {
  readonly residuals: { readonly statistic: string; readonly file: string }[];
  /** int32, row-major [n, 3]. */
  readonly labels: string;
  readonly files: Map<string, Uint8Array>;
}

/**
 * Everything that answers to logged queries show, without any key: E of each residual, row-major [n, m], and the labels.
 *
 * @param table rows in the order of the queries; phi is not looked at
 * @param name prefix of the file names, unique within the observation
 */
export function measureQueries(table: AnswerTable, plan: LoggedPlan, name: string): MeasuredQueries {
  const { probes: n, classes: m } = table;
  const residuals: { statistic: string; file: string }[] = [];
  const files = new Map<string, Uint8Array>();
  for (const { residual, rows } of residualRows(table)) {
    for (const shaping of SHAPINGS) {
      const file = `${name}-${residual}-${shaping}.i16`;
      files.set(file, int16Bytes(quantise(shaping === "raw" ? rows : evened(rows, n, m))));
      residuals.push({ statistic: `${residual}, ${shaping}`, file });
    }
  }
  const labels = `${name}-labels.i32`;
  files.set(labels, int32Bytes(labelRows(table, plan)));
  return { residuals, labels, files };
}

/** E of each residual, and once more less what fits of the shadow models', where there are any. */
function residualRows(table: AnswerTable): { readonly residual: string; readonly rows: Float64Array }[] {
  const { probes: count } = table;
  return plainResiduals(table).flatMap((residual) => {
    const own = answerRows(table, count, residual);
    if (table.shadows.length === 0) return [{ residual, rows: own.rows }];
    const shadows = table.shadows.map(
      (logits) => answerRows({ ...table, ...answerLikeSuspect(table, logits) }, count, residual).rows,
    );
    const beyond = beyondShadows(own.rows, shadows).fitted;
    return [
      { residual, rows: own.rows },
      { residual: `shadow-${residual}`, rows: beyond },
    ];
  });
}

/** Each row divided by its length: a few queries that a student got wrong do not drown the others. */
function evened(rows: Float64Array, n: number, m: number): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < n; i++) {
    let squares = 0;
    for (let c = 0; c < m; c++) squares += (rows[i * m + c] ?? 0) ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let c = 0; c < m; c++) out[i * m + c] = scale * (rows[i * m + c] ?? 0);
  }
  return out;
}

function labelRows(table: AnswerTable, plan: LoggedPlan): Int32Array {
  const { probes: n, classes: m, reference } = table;
  const out = new Int32Array(n * LABEL_FIELDS);
  for (let i = 0; i < n; i++) {
    out[i * LABEL_FIELDS] = decision(reference, i, m);
    out[i * LABEL_FIELDS + 1] = suspectLabel(table, i);
    out[i * LABEL_FIELDS + 2] = isDoubtful(reference, i, plan) ? 1 : 0;
  }
  return out;
}

function suspectLabel({ vectors, labels, classes: m }: AnswerTable, row: number): number {
  if (vectors === null) return labels?.[row] ?? -1;
  let best = -1;
  for (let c = 0; c < m; c++) {
    const value = vectors.values[row * m + c] ?? Number.NaN;
    if (Number.isFinite(value) && (best < 0 || value > (vectors.values[row * m + best] ?? 0))) best = c;
  }
  return best;
}
