import type { AnswerTable } from "./answer-residual.js";
import { probabilities } from "./scores.js";

/** How many decimals a full float32 probability is worth; finer rounding is treated as none. */
const EXACT_DECIMALS = 7;
/**
 * Spread of log-ratios between a copy and its reference that has nothing to do with rounding (a weight mark, another
 * runtime): bounds the weight of a class whose probability is large.
 */
const MODEL_SPREAD = 0.03;
/** Temperatures outside this range are a misfit, not a temperature. */
const TEMPERATURES = { least: 0.1, most: 10 } as const;

/** The ways to compare one answer with the reference's. */
export type PlainResidual = "log-ratio" | "difference" | "label";

/** Residual rows E before they are projected, row-major [count, m]. */
export interface AnswerRows {
  readonly rows: Float64Array;
  /** Weight of each cell within its row, already applied; zero where the answer says nothing of the class. */
  readonly weights: Float64Array;
}

/** Which ways there are to compare the answers of a table. */
export function plainResiduals({ vectors }: AnswerTable): readonly PlainResidual[] {
  if (vectors === null) return ["label"];
  return vectors.scale === "probabilities" ? ["log-ratio", "difference"] : ["log-ratio"];
}

/**
 * Residual rows of the first `count` probes, one way to compare; see `answerResiduals`.
 *
 * @throws RangeError where labels are compared as vectors
 */
export function answerRows(table: AnswerTable, count: number, residual: PlainResidual): AnswerRows {
  if (residual === "label") return labelRows(table, count);
  if (table.vectors === null) throw new RangeError("labels are not compared as vectors");
  return residual === "log-ratio"
    ? logRatioRows(table, table.vectors, count)
    : differenceRows(table, table.vectors.values, count);
}

function logRatioRows(
  table: AnswerTable,
  vectors: NonNullable<AnswerTable["vectors"]>,
  count: number,
): AnswerRows {
  const { classes: m } = table;
  const weights = new Float64Array(count * m);
  const theirs = new Float64Array(count * m);
  const ours = new Float64Array(count * m);
  const step = table.decimals === null || table.decimals >= EXACT_DECIMALS ? 0 : 10 ** -table.decimals;
  for (let i = 0; i < count; i++) {
    const q = probabilities(table, i);
    for (let c = 0; c < m; c++) {
      const at = i * m + c;
      const value = vectors.values[at] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      ours[at] = table.reference[at] ?? 0;
      if (vectors.scale === "logits") {
        theirs[at] = value;
        weights[at] = 1;
      } else compareProbability({ at, p: value, q: q[c] ?? 0, step, table, theirs, ours, weights });
    }
  }
  return { rows: centredResidual(table, { theirs, ours, weights }, count), weights };
}

/** Put one probability on the logit scale, with the inverse of the variance that rounding gives it there. */
function compareProbability(cell: {
  readonly at: number;
  readonly p: number;
  readonly q: number;
  readonly step: number;
  readonly table: AnswerTable;
  readonly theirs: Float64Array;
  readonly ours: Float64Array;
  readonly weights: Float64Array;
}): void {
  const { at, p, q, step, table } = cell;
  // A class that both sides round to nothing says nothing.
  if (p <= 0 && q <= 0) return;
  if (step > 0 && Math.max(p, q) < 2 * step) return;
  const middle = (p + q) / 2;
  const sigmoid = table.link === "sigmoid";
  if (sigmoid && (p >= 1 || middle >= 1)) return;
  const slope = sigmoid ? middle * (1 - middle) : middle;
  const deviation = step / Math.sqrt(12) / slope;
  const base = sigmoid ? (cell.ours[at] ?? 0) : Math.log(Math.max(q, Number.MIN_VALUE));
  cell.ours[at] = base;
  // The symmetric quotient equals the log ratio to third order and stays finite where rounding left zero.
  const near = p > 0 && q > 0 && step === 0;
  const ratio = near ? Math.log(p / q) - (sigmoid ? Math.log((1 - p) / (1 - q)) : 0) : (p - q) / slope;
  cell.theirs[at] = base + ratio;
  cell.weights[at] = 1 / (deviation * deviation + MODEL_SPREAD * MODEL_SPREAD);
}

/** Weighted differences at the best temperature, centred per row for a softmax, whose logits have no origin. */
function centredResidual(
  table: AnswerTable,
  cells: { readonly theirs: Float64Array; readonly ours: Float64Array; readonly weights: Float64Array },
  count: number,
): Float64Array {
  const { classes: m } = table;
  const centre = table.link === "softmax";
  const a = centre ? centredRows(cells.theirs, cells.weights, count, m) : cells.theirs;
  const b = centre ? centredRows(cells.ours, cells.weights, count, m) : cells.ours;
  let ab = 0;
  let bb = 0;
  for (let i = 0; i < count * m; i++) {
    const w = cells.weights[i] ?? 0;
    ab += w * (a[i] ?? 0) * (b[i] ?? 0);
    bb += w * (b[i] ?? 0) * (b[i] ?? 0);
  }
  const temperature = bb > 0 ? Math.min(Math.max(ab / bb, TEMPERATURES.least), TEMPERATURES.most) : 1;
  const rows = new Float64Array(count * m);
  for (let i = 0; i < count * m; i++)
    rows[i] = (cells.weights[i] ?? 0) * ((a[i] ?? 0) - temperature * (b[i] ?? 0));
  return rows;
}

function differenceRows(table: AnswerTable, values: Float64Array, count: number): AnswerRows {
  const { classes: m } = table;
  const rows = new Float64Array(count * m);
  const weights = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    const q = probabilities(table, i);
    for (let c = 0; c < m; c++) {
      const p = values[i * m + c] ?? Number.NaN;
      if (!Number.isFinite(p)) continue;
      rows[i * m + c] = p - (q[c] ?? 0);
      weights[i * m + c] = 1;
    }
  }
  return { rows, weights };
}

function labelRows(table: AnswerTable, count: number): AnswerRows {
  const { classes: m } = table;
  const rows = new Float64Array(count * m);
  const weights = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    const label = table.labels?.[i] ?? -1;
    if (label < 0 || label >= Math.max(m, 2)) continue;
    const expected = table.probeRule === "boundary" ? halves(table, i) : probabilities(table, i);
    for (let c = 0; c < m; c++) rows[i * m + c] = -(expected[c] ?? 0);
    weights.fill(1, i * m, (i + 1) * m);
    // A single sigmoid output has the labels 0 and 1 but only one column.
    const hit = m === 1 ? (label === 1 ? 0 : -1) : label;
    if (hit >= 0) rows[i * m + hit] = (rows[i * m + hit] ?? 0) + 1;
  }
  return { rows, weights };
}

function halves(table: AnswerTable, probe: number): Float64Array {
  const { classes: m, reference } = table;
  const out = new Float64Array(m);
  if (m === 1) return out.fill(0.5);
  let first = 0;
  let second = -1;
  for (let c = 1; c < m; c++) {
    const z = reference[probe * m + c] ?? 0;
    if (z > (reference[probe * m + first] ?? 0)) {
      second = first;
      first = c;
    } else if (second < 0 || z > (reference[probe * m + second] ?? 0)) second = c;
  }
  out[first] = 0.5;
  out[second] = 0.5;
  return out;
}

function centredRows(rows: Float64Array, weights: Float64Array, count: number, m: number): Float64Array {
  const out = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    let total = 0;
    for (let c = 0; c < m; c++) {
      const w = weights[i * m + c] ?? 0;
      sum += w * (rows[i * m + c] ?? 0);
      total += w;
    }
    const mean = total > 0 ? sum / total : 0;
    for (let c = 0; c < m; c++) out[i * m + c] = (rows[i * m + c] ?? 0) - mean;
  }
  return out;
}
