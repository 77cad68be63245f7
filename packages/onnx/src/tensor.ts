/** Element types of ONNX, named in words; `undefined` and those below 8 bits are indexed but not read. */
export type ElementType =
  | "undefined"
  | "float32"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "int32"
  | "int64"
  | "string"
  | "bool"
  | "float16"
  | "float64"
  | "uint32"
  | "uint64"
  | "complex64"
  | "complex128"
  | "bfloat16"
  | "float8e4m3fn"
  | "float8e4m3fnuz"
  | "float8e5m2"
  | "float8e5m2fnuz"
  | "uint4"
  | "int4"
  | "float4e2m1"
  | "float8e8m0"
  | "uint2"
  | "int2";

/** By TensorProto.DataType (onnx.proto, IR version 13). */
export const ELEMENT_TYPES: readonly ElementType[] = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
  "float8e8m0",
  "uint2",
  "int2",
];

/**
 * float16 and bfloat16 as bit patterns in a Uint16Array, bool as 0 and 1; types below 8 bits, 8-bit floats and complex
 * numbers as their bytes.
 */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** Numbers with a shape, row-major. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** An input or output as a model declares it. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType | null;
  /** A string is a symbolic dimension, null an unknown one; null instead of the list is an unknown shape. */
  readonly dims: readonly (number | string | null)[] | null;
}

/** Product of the dimensions; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) count *= dim;
  return count;
}

/** Rows `from` to `to` (exclusive) of the leading axis; shares memory with the tensor where it can. */
export function sliceRows(tensor: Tensor, from: number, to: number): Tensor {
  const [rows = 1, ...rest] = tensor.dims;
  const width = elementCount(rest);
  const end = Math.min(to, rows);
  const { data } = tensor;
  const part = isText(data)
    ? data.slice(from * width, end * width)
    : data.subarray(from * width, end * width);
  return { type: tensor.type, dims: [Math.max(0, end - from), ...rest], data: part };
}

/** One row of each of several tensors, as `sliceRows` gives it. */
export function rowOf(tensors: Readonly<Record<string, Tensor>>, row: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, sliceRows(tensor, row, row + 1)]),
  );
}

/** Chosen rows of the leading axis, copied, in the given order. */
export function gatherRows(tensor: Tensor, rows: readonly number[]): Tensor {
  return concatRows(
    rows.map((row) => sliceRows(tensor, row, row + 1)),
    tensor,
  );
}

/**
 * Tensors of equal type and row shape, one after another along the leading axis.
 *
 * @param like gives type and row shape where the list is empty
 * @throws RangeError where shapes or types differ
 */
export function concatRows(tensors: readonly Tensor[], like?: Tensor): Tensor {
  const first = tensors[0] ?? like;
  if (first === undefined) throw new RangeError("nothing to concatenate");
  const rest = first.dims.slice(1);
  let rows = 0;
  for (const { type, dims } of tensors) {
    if (type !== first.type || dims.slice(1).join() !== rest.join())
      throw new RangeError("rows differ in type or shape");
    rows += dims[0] ?? 0;
  }
  return {
    type: first.type,
    dims: [rows, ...rest],
    data: joinData(tensors, first, rows * elementCount(rest)),
  };
}

function joinData(tensors: readonly Tensor[], first: Tensor, total: number): TensorData {
  if (isText(first.data)) return tensors.flatMap(({ data }) => (isText(data) ? data : []));
  const out = emptyLike(first.data, total);
  let offset = 0;
  for (const { data } of tensors) {
    if (isText(data)) continue;
    if (out instanceof BigInt64Array && data instanceof BigInt64Array) out.set(data, offset);
    else if (out instanceof BigUint64Array && data instanceof BigUint64Array) out.set(data, offset);
    else if (!isBig(out) && !isBig(data)) out.set(data, offset);
    offset += data.length;
  }
  return out;
}

type NumericData = Exclude<TensorData, readonly string[]>;

function emptyLike(data: NumericData, length: number): NumericData {
  return new (data.constructor as new (length: number) => NumericData)(length);
}

function isText(data: TensorData): data is readonly string[] {
  return Array.isArray(data);
}

function isBig(data: NumericData): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/**
 * The numbers of any real tensor as float64; 64-bit integers lose what a double cannot hold.
 *
 * @throws TypeError for strings
 */
export function toFloat64(tensor: Tensor): Float64Array {
  const { data, type } = tensor;
  if (isText(data)) throw new TypeError("a tensor of strings has no numbers");
  if (type === "float16" && data instanceof Uint16Array) return Float64Array.from(data, halfToNumber);
  if (type === "bfloat16" && data instanceof Uint16Array) return Float64Array.from(data, bfloatToNumber);
  if (isBig(data)) return Float64Array.from({ length: data.length }, (_, i) => Number(data[i] ?? 0n));
  return Float64Array.from(data);
}

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE 754 binary16 to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A number to binary16, rounding to nearest, ties to even. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const scale =
    magnitude >= 2 ** (exponent + 1) ? exponent + 1 : magnitude < 2 ** exponent ? exponent - 1 : exponent;
  // A fraction that rounds up to 1024 carries into the exponent by itself.
  return sign | (((scale + 15) << 10) + roundEven((magnitude / 2 ** scale - 1) * 1024));
}

/** bfloat16 to a number: the upper half of binary32. */
export function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** A number to bfloat16, rounding to nearest, ties to even. */
export function numberToBfloat(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
