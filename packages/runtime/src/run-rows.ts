import { concatRows, gatherRows, sliceRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { checkFeeds } from "./check-feeds.js";
import { RuntimeError } from "./error.js";

/** Enough rows to keep the kernels busy, few enough for the memory of large activations. */
const DEFAULT_BATCH = 32;

export interface RunRowsOptions {
  /** Rows per run, default 32; a model that fixes its leading axis decides itself. */
  readonly batch?: number;
  /** Outputs and taps wanted, default all. */
  readonly outputs?: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** One run of the model, all feeds checked against the declarations. */
export type Run = (
  feeds: Readonly<Record<string, Tensor>>,
  outputs: readonly string[] | undefined,
) => Promise<Record<string, Tensor>>;

/**
 * Run a model over many rows: in batches along axis 0 of every input, the outputs concatenated along axis 0. Inputs
 * without axes go into every batch as they are. Where the model fixes axis 0 to B, batches have B rows; the last is
 * filled up by repeating its last row, and the answers to those repeats are cut off.
 *
 * @throws RuntimeError INPUT_ROWS, OUTPUT_ROWS, ABORTED and what a run throws
 */
export async function runRows(
  inputs: readonly ValueInfo[],
  run: Run,
  tensors: Readonly<Record<string, Tensor>>,
  options: RunRowsOptions = {},
): Promise<Record<string, Tensor>> {
  const batches = rowBatches(inputs, tensors, options.batch);
  const total = batches.reduce((sum, { count }) => sum + count, 0);
  const results: Record<string, Tensor>[] = [];
  for (const { feeds, from, count } of batches) {
    checkAborted(options.signal, from, total);
    results.push(await run(feeds(), options.outputs));
    options.onProgress?.(from + count, total);
  }
  return joinBatches(batches, results);
}

/** Some rows of the inputs, to be run at once. */
export interface RowBatch {
  readonly from: number;
  readonly count: number;
  /** Rows per run, at least `count`: the others are repeats that fill it up. */
  readonly size: number;
  /** Made on demand. */
  readonly feeds: () => Record<string, Tensor>;
}

/** How {@link runRows} divides rows. @throws RuntimeError INPUT_ROWS */
export function rowBatches(
  inputs: readonly ValueInfo[],
  tensors: Readonly<Record<string, Tensor>>,
  batch: number = DEFAULT_BATCH,
): RowBatch[] {
  checkFeeds(inputs, tensors, { anyRows: true });
  const total = commonRows(tensors);
  const fixed = fixedBatch(inputs);
  const step = fixed ?? batch;
  if (!(Number.isInteger(step) && step > 0)) throw new RangeError(`a batch of ${step} rows`);
  return Array.from({ length: Math.ceil(total / step) }, (_, i) => {
    const from = i * step;
    const count = Math.min(step, total - from);
    const size = fixed ?? count;
    return { from, count, size, feeds: () => batchOf(tensors, from, count, size) };
  });
}

/** The answers to all batches, one after another. @throws RuntimeError OUTPUT_ROWS */
export function joinBatches(
  batches: readonly RowBatch[],
  results: readonly Readonly<Record<string, Tensor>>[],
): Record<string, Tensor> {
  const parts = new Map<string, Tensor[]>();
  for (const [i, { size, count }] of batches.entries()) {
    for (const [name, tensor] of Object.entries(results[i] ?? {})) {
      const part = cut(name, tensor, size, count);
      const list = parts.get(name);
      if (list === undefined) parts.set(name, [part]);
      else list.push(part);
    }
  }
  return Object.fromEntries([...parts].map(([name, list]) => [name, concatRows(list)]));
}

/** @throws RuntimeError ABORTED */
export function checkAborted(signal: AbortSignal | undefined, done: number, total: number): void {
  if (signal?.aborted !== true) return;
  throw new RuntimeError("ABORTED", `stopped after ${done} of ${total} rows`, "Start it again.", {
    cause: signal.reason,
  });
}

function commonRows(tensors: Readonly<Record<string, Tensor>>): number {
  const rows = new Set(
    Object.values(tensors)
      .filter(({ dims }) => dims.length > 0)
      .map(({ dims }) => dims[0] ?? 0),
  );
  const [total = 0] = rows;
  if (rows.size !== 1 || total === 0) {
    throw new RuntimeError(
      "INPUT_ROWS",
      rows.size > 1 ? `inputs of ${[...rows].join(" and ")} rows` : "inputs without rows",
      "Give every input the same number of rows, at least one; axis 0 is the rows.",
    );
  }
  return total;
}

function fixedBatch(inputs: readonly ValueInfo[]): number | null {
  const sizes = new Set(
    inputs
      .map(({ dims }) => dims?.[0] ?? null)
      .filter((dim): dim is number => typeof dim === "number" && dim > 0),
  );
  if (sizes.size <= 1) return [...sizes][0] ?? null;
  throw new RuntimeError(
    "INPUT_ROWS",
    `the model fixes leading axes of ${[...sizes].join(" and ")}, which cannot all be rows`,
    "Run it one call at a time; it has inputs, such as recurrent state, that are not examples.",
  );
}

function batchOf(
  tensors: Readonly<Record<string, Tensor>>,
  from: number,
  count: number,
  size: number,
): Record<string, Tensor> {
  const rows = Array.from({ length: size }, (_, i) => from + Math.min(i, count - 1));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      if (tensor.dims.length === 0) return [name, tensor];
      return [name, size === count ? sliceRows(tensor, from, from + count) : gatherRows(tensor, rows)];
    }),
  );
}

function cut(name: string, tensor: Tensor, size: number, count: number): Tensor {
  const whole = answeredRows(name, tensor, size);
  return size === count ? whole : sliceRows(whole, 0, count);
}

/**
 * An output with the rows as its axis 0.
 *
 * @param size rows that were run
 * @throws RuntimeError OUTPUT_ROWS
 */
export function answeredRows(name: string, tensor: Tensor, size: number): Tensor {
  // A model for single examples may leave the batch axis off its answer.
  const whole = size === 1 && tensor.dims[0] !== 1 ? { ...tensor, dims: [1, ...tensor.dims] } : tensor;
  if (whole.dims[0] !== size) {
    throw new RuntimeError(
      "OUTPUT_ROWS",
      `output "${name}" is [${tensor.dims.join(", ")}] for ${size} rows`,
      "Ask only for outputs whose axis 0 is the rows.",
    );
  }
  return whole;
}
