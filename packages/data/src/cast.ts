import {
  type ElementType,
  numberToHalf,
  type Tensor,
  type TensorData,
  toFloat64,
  type ValueInfo,
} from "@indicia/onnx/tensor";
import { DataError } from "./error.js";

export interface Cast {
  readonly tensor: Tensor;
  /** What was done, one sentence, or null where nothing was. */
  readonly note: string | null;
}

/** Numbers stored as a type; what the type cannot hold comes out as another number, which the check then finds. */
const STORE: Partial<Record<ElementType, (values: Float64Array) => TensorData>> = {
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
  int8: (values) => Int8Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  int16: (values) => Int16Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  int32: (values) => Int32Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  int64: (values) => BigInt64Array.from(Array.from(values, wide)),
  uint64: (values) => BigUint64Array.from(Array.from(values, wide)),
  float16: (values) => Uint16Array.from(values, numberToHalf),
  float32: (values) => Float32Array.from(values),
  float64: (values) => values,
};
const FLOATS: readonly ElementType[] = ["float16", "bfloat16", "float32", "float64"];

/**
 * Convert a tensor to the type that an input takes. Integers are converted only where every element stays exactly
 * what it was; floats may be rounded to a shorter float, but not to infinity.
 *
 * @throws DataError INPUT_TYPE naming the input, what it takes and the first element that does not fit
 */
export function castTensor(tensor: Tensor, input: ValueInfo): Cast {
  const to = input.type;
  if (to === null || to === tensor.type) return { tensor, note: null };
  const floats = FLOATS.includes(to) && FLOATS.includes(tensor.type);
  const data = bothWide(tensor, to) ? convertWide(tensor, to, input) : convert(tensor, to, input, floats);
  const verb = floats && to !== "float64" ? "rounded" : "converted";
  return {
    tensor: { type: to, dims: tensor.dims, data },
    note: `input "${input.name}": ${tensor.type} ${verb} to ${to}`,
  };
}

function convert(tensor: Tensor, to: ElementType, input: ValueInfo, rounding: boolean): TensorData {
  const store = STORE[to];
  if (store === undefined || tensor.type === "string") throw mismatch(input, tensor.type);
  const values = toFloat64(tensor);
  for (let i = 0; i < values.length; i++) {
    const element = tensor.data[i];
    if (typeof element === "bigint" && BigInt(values[i] ?? 0) !== element)
      throw mismatch(input, tensor.type, element);
  }
  const data = store(values);
  const stored = toFloat64({ type: to, dims: tensor.dims, data });
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const fits = rounding ? Number.isFinite(stored[i]) || !Number.isFinite(value) : stored[i] === value;
    if (!fits) throw mismatch(input, tensor.type, value);
  }
  return data;
}

function bothWide(tensor: Tensor, to: ElementType): boolean {
  const wides: readonly ElementType[] = ["int64", "uint64"];
  return wides.includes(tensor.type) && wides.includes(to);
}

/** Between the two 64-bit integer types, whose elements a double cannot all hold. */
function convertWide({ data, type }: Tensor, to: ElementType, input: ValueInfo): TensorData {
  const out = to === "int64" ? new BigInt64Array(data.length) : new BigUint64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = BigInt(data[i] ?? 0);
    out[i] = value;
    if (out[i] !== value) throw mismatch(input, type, value);
  }
  return out;
}

function wide(value: number): bigint {
  return Number.isSafeInteger(value) ? BigInt(value) : 0n;
}

function mismatch({ name, type }: ValueInfo, from: ElementType, element?: number | bigint): DataError {
  const why = element === undefined ? "" : `: ${element} does not fit`;
  return new DataError(
    "INPUT_TYPE",
    `input "${name}" takes ${type ?? "an undeclared type"}, the data are ${from}${why}`,
    "Save the array with the type that the model declares.",
  );
}
