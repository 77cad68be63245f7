/** How many decimals a full float32 probability is worth; finer rounding is treated as none. */
const EXACT_DECIMALS = 7;
/**
 * Spread of log-ratios between a copy and its reference that has nothing to do with rounding (a weight mark, another
 * runtime): bounds the weight of a class whose probability is large.
 */
const MODEL_SPREAD = 0.03;
/** Temperatures outside this range are a misfit, not a temperature. */
const TEMPERATURES = { least: 0.1, most: 10 } as const;

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
  /** Whether the probes stand on the reference's boundary between its two best classes. */
  readonly boundary: boolean;
}

/** One way to compare, with R = P^T E / n, row-major [k, m], before shaping. */
export interface AnswerResidual {
  readonly residual: "log-ratio" | "difference" | "label";
  readonly matrix: Float64Array;
}

/**
 * All residuals of the first `count` probes.
 *
 * Vectors: `log-ratio` is the log-odds of the suspect minus those of the reference at the best common temperature,
 * each class weighted by the inverse variance that rounding leaves it and centred with those weights; `difference`
 * is probability minus probability. Labels: `label` is one-hot minus half of each of the reference's two best
 * classes on its boundary, and minus its probabilities elsewhere.
 *
 * @throws RangeError where arrays and dimensions disagree
 */
export function answerResiduals(table: AnswerTable, count: number): AnswerResidual[] {
  return answerRows(table, count).map(({ residual, rows }) => ({
    residual,
    matrix: project(table, rows, count),
  }));
}

/**
 * E of every residual, row-major [count, m]: one row per probe, before it is projected on phi.
 *
 * @throws RangeError where arrays and dimensions disagree
 */
export function answerRows(
  table: AnswerTable,
  count: number,
): { readonly residual: AnswerResidual["residual"]; readonly rows: Float64Array }[] {
  checkTable(table, count);
  const { vectors } = table;
  if (vectors === null) return [{ residual: "label", rows: labelRows(table, count) }];
  const logRatio = { residual: "log-ratio", rows: logRatioRows(table, vectors, count) } as const;
  if (vectors.scale === "logits") return [logRatio];
  return [logRatio, { residual: "difference", rows: differenceRows(table, vectors.values, count) }];
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
  const e = table.boundary ? rows : centredColumns(rows, count, m);
  const p = table.boundary ? phi : centredColumns(phi, count, k);
  const matrix = new Float64Array(k * m);
  for (let i = 0; i < count; i++) {
    for (let r = 0; r < k; r++) {
      const weight = (p[i * k + r] ?? 0) / count;
      for (let c = 0; c < m; c++) matrix[r * m + c] = (matrix[r * m + c] ?? 0) + weight * (e[i * m + c] ?? 0);
    }
  }
  return matrix;
}

function logRatioRows(
  table: AnswerTable,
  vectors: NonNullable<AnswerTable["vectors"]>,
  count: number,
): Float64Array {
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
  return centredResidual(table, { theirs, ours, weights }, count);
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

function differenceRows(table: AnswerTable, values: Float64Array, count: number): Float64Array {
  const { classes: m } = table;
  const rows = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    const q = probabilities(table, i);
    for (let c = 0; c < m; c++) {
      const p = values[i * m + c] ?? Number.NaN;
      if (Number.isFinite(p)) rows[i * m + c] = p - (q[c] ?? 0);
    }
  }
  return rows;
}

function labelRows(table: AnswerTable, count: number): Float64Array {
  const { classes: m } = table;
  const rows = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    const label = table.labels?.[i] ?? -1;
    if (label < 0 || label >= Math.max(m, 2)) continue;
    const expected = table.boundary ? halves(table, i) : probabilities(table, i);
    for (let c = 0; c < m; c++) rows[i * m + c] = -(expected[c] ?? 0);
    // A single sigmoid output has the labels 0 and 1 but only one column.
    const hit = m === 1 ? (label === 1 ? 0 : -1) : label;
    if (hit >= 0) rows[i * m + hit] = (rows[i * m + hit] ?? 0) + 1;
  }
  return rows;
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

/** The reference's probabilities for one probe, length m. */
export function probabilities(
  table: Pick<AnswerTable, "classes" | "reference" | "link">,
  probe: number,
): Float64Array {
  const { classes: m, reference } = table;
  const out = new Float64Array(m);
  if (table.link === "sigmoid") {
    for (let c = 0; c < m; c++) out[c] = 1 / (1 + Math.exp(-(reference[probe * m + c] ?? 0)));
    return out;
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < m; c++) largest = Math.max(largest, reference[probe * m + c] ?? 0);
  let sum = 0;
  for (let c = 0; c < m; c++) {
    const e = Math.exp((reference[probe * m + c] ?? 0) - largest);
    out[c] = e;
    sum += e;
  }
  for (let c = 0; c < m; c++) out[c] = (out[c] ?? 0) / sum;
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
  ];
  for (const [name, found, wanted] of sizes) {
    if (found !== wanted) throw new RangeError(`${name} has ${found} entries where ${wanted} were expected`);
  }
  if (count < 1 || count > n) throw new RangeError(`cannot use ${count} of ${n} probes`);
  if ((table.vectors === null) === (table.labels === null))
    throw new RangeError("answers are either vectors or labels");
}
