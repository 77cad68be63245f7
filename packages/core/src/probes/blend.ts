import type { Tensor } from "@indicia/onnx/tensor";
import { CoreError } from "../error.js";

/** Steps of a blend between real-valued inputs: as fine as float32 tells apart. */
const REAL_STEPS = 2 ** 22;

/** Rows of all inputs of a model as one array of numbers per row, so that two rows can be blended. */
export interface RowSpace {
  /** Numbers per row over all inputs. */
  readonly width: number;
  /** Positions of one blend: splice points for whole numbers, fine steps for real ones. */
  readonly steps: number;
  /** Whether the inputs are whole numbers (tokens, bytes, pixels), which must not be averaged. */
  readonly discrete: boolean;
  row(index: number): Float64Array;
  /** `steps` of the way from a to b: b's numbers before the splice point and a's after it, or a weighted mean. */
  blend(a: Float64Array, b: Float64Array, step: number): Float64Array;
  /** The rows as tensors again, leading dimension n. */
  tensors(rows: readonly Float64Array[]): Record<string, Tensor>;
}

/**
 * @param tensors one per model input, equal leading dimensions
 * @throws CoreError PROBES_UNSUITABLE for inputs that are not numbers
 */
export function rowSpace(tensors: Readonly<Record<string, Tensor>>): RowSpace {
  const names = Object.keys(tensors).sort();
  const parts = names.map((name) => part(name, tensors[name]));
  const width = parts.reduce((sum, { width: w }) => sum + w, 0);
  const discrete = parts.every((each) => each.whole);
  const steps = discrete ? width : REAL_STEPS;
  return {
    width,
    steps,
    discrete,
    row: (index) => {
      const out = new Float64Array(width);
      let offset = 0;
      for (const { width: w, data } of parts) {
        for (let j = 0; j < w; j++) out[offset + j] = Number(data[index * w + j] ?? 0);
        offset += w;
      }
      return out;
    },
    blend: (a, b, step) => {
      const out = Float64Array.from(a);
      const share = step / steps;
      let offset = 0;
      for (const { width: w, whole } of parts) {
        // Mixed inputs are spliced and averaged at the same share.
        const cut = Math.round(share * w);
        for (let j = 0; j < w; j++) {
          const at = offset + j;
          const [x, y] = [a[at] ?? 0, b[at] ?? 0];
          out[at] = whole ? (j < cut ? y : x) : x + share * (y - x);
        }
        offset += w;
      }
      return out;
    },
    tensors: (rows) => {
      const out: Record<string, Tensor> = {};
      let offset = 0;
      for (const each of parts) {
        out[each.name] = each.build(rows, offset);
        offset += each.width;
      }
      return out;
    },
  };
}

interface Part {
  readonly name: string;
  readonly width: number;
  readonly whole: boolean;
  readonly data: ArrayLike<number | bigint>;
  build(rows: readonly Float64Array[], offset: number): Tensor;
}

function part(name: string, tensor: Tensor | undefined): Part {
  if (tensor === undefined || Array.isArray(tensor.data) || tensor.dims.length === 0) throw unsuitable(name);
  const data = tensor.data as ArrayLike<number | bigint>;
  const width = tensor.dims.slice(1).reduce((product, dim) => product * dim, 1);
  const make = arrayOf(tensor, name);
  return {
    name,
    width,
    whole: isWhole(data),
    data,
    build: (rows, offset) => {
      const values = make(rows.length * width);
      for (const [i, row] of rows.entries()) {
        for (let j = 0; j < width; j++) values.set(i * width + j, row[offset + j] ?? 0);
      }
      return { type: tensor.type, dims: [rows.length, ...tensor.dims.slice(1)], data: values.data };
    },
  };
}

type Writable = { readonly data: Tensor["data"]; set(index: number, value: number): void };

function arrayOf(tensor: Tensor, name: string): (length: number) => Writable {
  const { data } = tensor;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const Type = data instanceof BigInt64Array ? BigInt64Array : BigUint64Array;
    return (length) => {
      const array = new Type(length);
      return { data: array, set: (index, value) => void (array[index] = BigInt(Math.round(value))) };
    };
  }
  if (tensor.type === "float16" || tensor.type === "bfloat16" || Array.isArray(data)) throw unsuitable(name);
  const whole = !(data instanceof Float32Array || data instanceof Float64Array);
  return (length) => {
    const array = new (data.constructor as new (n: number) => Float64Array)(length);
    return {
      data: array,
      set: (index, value) => void (array[index] = whole ? Math.round(value) : value),
    };
  };
}

/** Tokens are often handed over as floats; what is never fractional in the pool is not averaged either. */
function isWhole(data: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (typeof value === "number" && !Number.isInteger(value)) return false;
  }
  return true;
}

function unsuitable(name: string): CoreError {
  return new CoreError(
    "PROBES_UNSUITABLE",
    `probes cannot be blended in the input "${name}"`,
    "Boundary probes need numeric inputs (integers, float32 or float64).",
  );
}
