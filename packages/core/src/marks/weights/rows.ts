/** How a tensor in storage order falls into rows (output channels): weight i is in row floor(i / inner) mod rows. */
export interface RowLayout {
  readonly rows: number;
  /** Consecutive weights of one row: the product of the dims behind the row axis. */
  readonly inner: number;
}

/** @param rowAxis index into dims */
export function rowLayout(dims: readonly number[], rowAxis: number): RowLayout {
  let inner = 1;
  for (const dim of dims.slice(rowAxis + 1)) inner *= dim;
  return { rows: dims[rowAxis] ?? 1, inner };
}

/**
 * Cut a range of weights into runs along which the row stays (`step` 0) or goes up by one per weight (`step` 1), so
 * that inner loops need no division.
 *
 * @param start linear index of the first weight
 * @param run called with positions relative to `start`, `to` exclusive, and the row of the first weight
 */
export function walkRows(
  { rows, inner }: RowLayout,
  start: number,
  count: number,
  run: (from: number, to: number, row: number, step: 0 | 1) => void,
): void {
  const length = inner === 1 ? rows : inner;
  for (let from = 0; from < count; ) {
    const index = start + from;
    const to = Math.min(count, from + length - (index % length));
    if (inner === 1) run(from, to, index % rows, 1);
    else run(from, to, Math.floor(index / inner) % rows, 0);
    from = to;
  }
}

/** First and second moments per row. */
export interface RowMoments {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function emptyMoments(rows: number): RowMoments {
  return { counts: new Float64Array(rows), sums: new Float64Array(rows), squares: new Float64Array(rows) };
}

/** Add a range of weights to the moments of its rows. */
export function addMoments(
  moments: RowMoments,
  layout: RowLayout,
  start: number,
  values: Float32Array,
): void {
  addSums(moments, layout, start, values);
  const { counts } = moments;
  walkRows(layout, start, values.length, (from, to, row, step) => {
    if (step === 0) counts[row] = (counts[row] ?? 0) + to - from;
    else for (let r = row; r < row + to - from; r++) counts[r] = (counts[r] as number) + 1;
  });
}

/** As {@link addMoments} for whoever goes through all weights, and so knows the counts without counting. */
export function addSums(
  { sums, squares }: Pick<RowMoments, "sums" | "squares">,
  layout: RowLayout,
  start: number,
  values: Float32Array,
): void {
  walkRows(layout, start, values.length, (from, to, row, step) => {
    if (step === 1) {
      for (let i = from, r = row; i < to; i++, r++) {
        const value = values[i] as number;
        sums[r] = (sums[r] as number) + value;
        squares[r] = (squares[r] as number) + value * value;
      }
      return;
    }
    let sum = 0;
    let square = 0;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      sum += value;
      square += value * value;
    }
    sums[row] = (sums[row] ?? 0) + sum;
    squares[row] = (squares[row] ?? 0) + square;
  });
}

/** Rows of which fewer weights were looked at borrow the spread of their whole tensor. */
const MIN_ROW_WEIGHTS = 16;
/** A spread below this share of the row's size is rounding of a constant, not a spread. */
const MIN_RELATIVE_SPREAD = 1e-6;

/** Mean and standard deviation per row. Rows of equal numbers, and rows that are not finite, have deviation 0. */
export interface RowScales {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/**
 * Scales of all rows. A row of a single weight, and one of which only a few were looked at, borrows the mean and
 * deviation of the whole tensor.
 *
 * @param columns weights per row, looked at or not
 */
export function rowScales(moments: RowMoments, columns: number): RowScales {
  const least = Math.max(2, Math.min(columns, MIN_ROW_WEIGHTS));
  const { counts, sums, squares } = moments;
  const rows = counts.length;
  const total = [0, 0, 0];
  for (let r = 0; r < rows; r++) {
    if (!Number.isFinite(squares[r] ?? 0)) continue;
    for (const [i, part] of [counts, sums, squares].entries()) total[i] = (total[i] ?? 0) + (part[r] ?? 0);
  }
  const whole = spread(total[0] ?? 0, total[1] ?? 0, total[2] ?? 0);
  const means = new Float64Array(rows);
  const deviations = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    if (!Number.isFinite(squares[r] ?? 0)) continue;
    const own = (counts[r] ?? 0) < least ? whole : spread(counts[r] ?? 0, sums[r] ?? 0, squares[r] ?? 0);
    means[r] = own.mean;
    deviations[r] = own.deviation;
  }
  return { means, deviations };
}

function spread(count: number, sum: number, square: number): { mean: number; deviation: number } {
  if (count === 0) return { mean: 0, deviation: 0 };
  const mean = sum / count;
  const variance = square / count - mean * mean;
  const size = square / count;
  return { mean, deviation: variance > MIN_RELATIVE_SPREAD ** 2 * size ? Math.sqrt(variance) : 0 };
}
