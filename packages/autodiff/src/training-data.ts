import { elementCount, sliceRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { AutodiffError } from "./error.js";
import { type Targets, targetRows } from "./targets.js";
import type { TrainOptions } from "./train-options.js";

/** Inputs and targets, checked against the model. */
export interface TrainingData {
  readonly rows: number;
  /** Rows per step. */
  readonly batch: number;
  readonly output: string;
  /** Shape of the output, for a batch. */
  readonly outputDims: readonly number[];
  /** Shapes of the inputs, for a batch. */
  readonly inputDims: ReadonlyMap<string, readonly number[]>;
  /** Inputs with rows. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Inputs without axes, the same at every step. */
  readonly fixedInputs: Readonly<Record<string, Tensor>>;
  /** Of the output's shape, for all rows. */
  readonly targets: Tensor;
  /** [rows, 1, ...] or null. */
  readonly rowWeights: Tensor | null;
  /** Least loss of every row. */
  readonly floors: Float64Array;
  /** All of it as bytes, to be hashed. */
  bytes(): Uint8Array[];
}

/** @throws AutodiffError DATA_SHAPE */
export async function trainingData(options: TrainOptions, wantedBatch: number): Promise<TrainingData> {
  const { inputs, targets } = options;
  const rows = rowsOf(inputs);
  const session = await openSession(options.model);
  try {
    const batch = batchSize(session.inputs, wantedBatch, rows);
    const output = options.output ?? session.outputs[0]?.name ?? "";
    const first = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, someRows(t, batch)]));
    const { [output]: answer } = await session.run(first, [output]);
    const outputDims = answer?.dims ?? [];
    if (outputDims[0] !== batch)
      throw shape(`the output "${output}" is [${outputDims.join(", ")}] for ${batch} rows`);
    const width = elementCount(outputDims.slice(1));
    const expected = targetRows(targets, rows, classesOf(targets, outputDims, width));
    const weights = rowWeights(options.rowWeights, rows);
    if (weights !== null)
      for (const [i, w] of weights.entries()) expected.floors[i] = w * (expected.floors[i] ?? 0);
    return {
      rows,
      batch,
      output,
      outputDims,
      inputDims: new Map(Object.entries(first).map(([name, { dims }]) => [name, dims])),
      inputs: Object.fromEntries(Object.entries(inputs).filter(([, { dims }]) => dims.length > 0)),
      fixedInputs: Object.fromEntries(Object.entries(inputs).filter(([, { dims }]) => dims.length === 0)),
      targets: { type: "float32", dims: [rows, ...outputDims.slice(1)], data: expected.values },
      rowWeights:
        weights === null
          ? null
          : { type: "float32", dims: [rows, ...outputDims.slice(1).map(() => 1)], data: weights },
      floors: expected.floors,
      bytes: () => [
        ...Object.values(inputs).map(({ data }) => bytesOf(data)),
        bytesOf(expected.values),
        ...(weights === null ? [] : [bytesOf(weights)]),
      ],
    };
  } finally {
    await session.close();
  }
}

/** Classes of a classifier; numbers per row of anything else. */
function classesOf(targets: Targets, dims: readonly number[], width: number): number {
  if (targets.kind === "binary" || targets.kind === "squares" || dims.length === 2) return width;
  throw shape(`${targets.kind} need an output [rows, classes]; this one is [${dims.join(", ")}]`);
}

function rowsOf(inputs: Readonly<Record<string, Tensor>>): number {
  const counts = new Set(Object.values(inputs).flatMap(({ dims }) => dims.slice(0, 1)));
  const [rows = 0] = counts;
  if (counts.size === 1 && rows > 0) return rows;
  throw shape(counts.size > 1 ? `inputs of ${[...counts].join(" and ")} rows` : "there are no rows");
}

function batchSize(inputs: readonly ValueInfo[], wanted: number, rows: number): number {
  const fixed = inputs.map(({ dims }) => dims?.[0]).find((dim) => typeof dim === "number");
  const batch = typeof fixed === "number" ? fixed : Math.min(wanted, rows);
  if (Number.isInteger(batch) && batch > 0 && batch <= rows) return batch;
  throw shape(`batches of ${batch} from ${rows} rows`);
}

function someRows(tensor: Tensor, count: number): Tensor {
  return tensor.dims.length === 0 ? tensor : sliceRows(tensor, 0, count);
}

function rowWeights(given: ArrayLike<number> | undefined, rows: number): Float32Array | null {
  if (given === undefined) return null;
  const weights = Float32Array.from(given);
  const mean = weights.reduce((sum, w) => sum + w, 0) / rows;
  if (weights.length !== rows || !weights.every((w) => w >= 0) || !(mean > 0))
    throw shape(`${weights.length} weights for ${rows} rows, of mean ${mean}`);
  return weights.map((w) => w / mean);
}

function bytesOf(data: Tensor["data"]): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new TextEncoder().encode(data.join("\n"));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function shape(message: string): AutodiffError {
  return new AutodiffError("DATA_SHAPE", message, "Give every input and target the same rows, along axis 0.");
}
