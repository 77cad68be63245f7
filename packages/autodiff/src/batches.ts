import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { AutodiffError } from "./error.js";
import { random, type Seed } from "./random.js";

/** Rows of several tensors, copied together into one batch that is filled again for every step. */
export interface Batches {
  /** The next batch holds these rows; its tensors are overwritten by the next call. */
  fill(rows: ArrayLike<number>): Record<string, Tensor>;
}

/** The order of the rows in an epoch, from 0: it depends on nothing but the seed and the epoch. */
export function orderOf(seed: Seed, epoch: number, rows: number): Uint32Array {
  return random(seed, `training order ${epoch}`).permutation(rows);
}

/**
 * @param tensors each with the rows along axis 0
 * @throws AutodiffError DATA_SHAPE for texts
 */
export function batchesOf(tensors: Readonly<Record<string, Tensor>>, size: number): Batches {
  const columns = Object.entries(tensors).map(([name, tensor]) => column(name, tensor, size));
  return {
    fill: (rows) =>
      Object.fromEntries(
        columns.map(({ name, batch, copyRow }) => {
          for (let i = 0; i < size; i++) copyRow(i, rows[i] ?? 0);
          return [name, batch];
        }),
      ),
  };
}

interface Column {
  readonly name: string;
  readonly batch: Tensor;
  readonly copyRow: (to: number, from: number) => void;
}

function column(name: string, tensor: Tensor, size: number): Column {
  const { type, data, dims } = tensor;
  const rest = dims.slice(1);
  const width = elementCount(rest);
  if (!ArrayBuffer.isView(data)) {
    throw new AutodiffError("DATA_SHAPE", `the input "${name}" is text`, "Train on numbers.");
  }
  const bytes = data.BYTES_PER_ELEMENT * width;
  const whole = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const buffer = new Uint8Array(bytes * size);
  const view = new (data.constructor as new (buffer: ArrayBuffer) => typeof data)(buffer.buffer);
  return {
    name,
    batch: { type, dims: [size, ...rest], data: view },
    copyRow: (to, from) => buffer.set(whole.subarray(from * bytes, (from + 1) * bytes), to * bytes),
  };
}
