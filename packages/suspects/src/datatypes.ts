import type { ElementType, Tensor } from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";

/** Datatypes of the Open Inference Protocol v2 ("Tensor Data Types") and what they are here. */
export const DATATYPES: ReadonlyMap<string, { readonly type: ElementType; readonly bytes: number }> = new Map([
  ["BOOL", { type: "bool", bytes: 1 }],
  ["UINT8", { type: "uint8", bytes: 1 }],
  ["UINT16", { type: "uint16", bytes: 2 }],
  ["UINT32", { type: "uint32", bytes: 4 }],
  ["UINT64", { type: "uint64", bytes: 8 }],
  ["INT8", { type: "int8", bytes: 1 }],
  ["INT16", { type: "int16", bytes: 2 }],
  ["INT32", { type: "int32", bytes: 4 }],
  ["INT64", { type: "int64", bytes: 8 }],
  ["FP16", { type: "float16", bytes: 2 }],
  ["FP32", { type: "float32", bytes: 4 }],
  ["FP64", { type: "float64", bytes: 8 }],
]);

/** @throws SuspectError SUSPECT_INPUTS for types that the protocol cannot carry */
export function datatypeOf(type: ElementType): string {
  for (const [name, each] of DATATYPES) if (each.type === type) return name;
  throw new SuspectError("SUSPECT_INPUTS", `inputs of type ${type} cannot be sent`, "Examine the file instead.");
}

/** A tensor's numbers as JSON; halves as numbers, 64-bit integers as long as JSON keeps them exact. */
export function jsonData({ data }: Tensor): unknown[] {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data, Number);
  return Array.from(data as ArrayLike<number>);
}

/** Little-endian numbers of a binary tensor; NaN for what is none. */
export function binaryNumbers(bytes: Uint8Array, datatype: string): Float64Array | null {
  const known = DATATYPES.get(datatype);
  if (known === undefined || bytes.length % known.bytes !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[datatype];
  return read === undefined ? null : Float64Array.from({ length: bytes.length / known.bytes }, (_, i) => read(view, i * known.bytes));
}

const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  BOOL: (view, at) => view.getUint8(at),
  UINT8: (view, at) => view.getUint8(at),
  UINT16: (view, at) => view.getUint16(at, true),
  UINT32: (view, at) => view.getUint32(at, true),
  UINT64: (view, at) => Number(view.getBigUint64(at, true)),
  INT8: (view, at) => view.getInt8(at),
  INT16: (view, at) => view.getInt16(at, true),
  INT32: (view, at) => view.getInt32(at, true),
  INT64: (view, at) => Number(view.getBigInt64(at, true)),
  FP32: (view, at) => view.getFloat32(at, true),
  FP64: (view, at) => view.getFloat64(at, true),
};
