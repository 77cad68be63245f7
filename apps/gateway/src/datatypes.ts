import { type ElementType, numberToHalf, type TensorData } from "@indicia/onnx/tensor";

/** A datatype of the Open Inference Protocol v2 ("Tensor Data Types") and how its numbers are kept. */
export interface Datatype {
  readonly name: string;
  readonly type: ElementType;
  readonly bytes: number;
  /** Numbers of a JSON list; throws RangeError for what is no number of this type. */
  fromJson(values: readonly unknown[]): TensorData;
  /** Little-endian bytes, copied. */
  fromBytes(bytes: Uint8Array): TensorData;
}

type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
type BigArray = BigInt64Array | BigUint64Array;

export const DATATYPES: readonly Datatype[] = [
  numbers("BOOL", "bool", Uint8Array, { least: 0, most: 1 }),
  numbers("UINT8", "uint8", Uint8Array, { least: 0, most: 255 }),
  numbers("UINT16", "uint16", Uint16Array, { least: 0, most: 65_535 }),
  numbers("UINT32", "uint32", Uint32Array, { least: 0, most: 2 ** 32 - 1 }),
  bigNumbers("UINT64", "uint64", BigUint64Array),
  numbers("INT8", "int8", Int8Array, { least: -128, most: 127 }),
  numbers("INT16", "int16", Int16Array, { least: -32_768, most: 32_767 }),
  numbers("INT32", "int32", Int32Array, { least: -(2 ** 31), most: 2 ** 31 - 1 }),
  bigNumbers("INT64", "int64", BigInt64Array),
  {
    name: "FP16",
    type: "float16",
    bytes: 2,
    fromJson: (values) => Uint16Array.from(values, (value) => numberToHalf(jsonNumber(value, null))),
    fromBytes: (bytes) => new Uint16Array(new Uint8Array(bytes).buffer),
  },
  numbers("FP32", "float32", Float32Array, null),
  numbers("FP64", "float64", Float64Array, null),
];

export function datatypeNamed(name: string): Datatype | undefined {
  return DATATYPES.find((each) => each.name === name);
}

export function datatypeOf(type: ElementType | null): Datatype | undefined {
  return DATATYPES.find((each) => each.type === type);
}

interface Range {
  readonly least: number;
  readonly most: number;
}

function numbers(
  name: string,
  type: ElementType,
  Type: { new (source: ArrayLike<number> | ArrayBuffer): NumberArray; readonly BYTES_PER_ELEMENT: number },
  range: Range | null,
): Datatype {
  return {
    name,
    type,
    bytes: Type.BYTES_PER_ELEMENT,
    fromJson: (values) => new Type(values.map((value) => jsonNumber(value, range))),
    fromBytes: (bytes) => new Type(new Uint8Array(bytes).buffer),
  };
}

function bigNumbers(
  name: string,
  type: ElementType,
  Type: { new (source: ArrayLike<bigint> | ArrayBuffer): BigArray; readonly BYTES_PER_ELEMENT: number },
): Datatype {
  const exact = { least: -Number.MAX_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };
  return {
    name,
    type,
    bytes: Type.BYTES_PER_ELEMENT,
    fromJson: (values) => new Type(values.map((value) => BigInt(jsonNumber(value, exact)))),
    fromBytes: (bytes) => new Type(new Uint8Array(bytes).buffer),
  };
}

function jsonNumber(value: unknown, range: Range | null): number {
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number !== "number") throw new RangeError("data hold something that is no number");
  if (range !== null && !(Number.isInteger(number) && number >= range.least && number <= range.most)) {
    throw new RangeError(`${number} is not a whole number from ${range.least} to ${range.most}`);
  }
  return number;
}
