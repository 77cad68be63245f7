import {
  bfloatToNumber,
  type ElementType,
  halfToNumber,
  type Tensor,
  type TensorData,
} from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";

/** A number's place in bytes, and how it is read there. */
interface Fixed {
  readonly type: ElementType;
  readonly bytes: number;
  /** Whether its values are whole. */
  readonly whole: boolean;
  /** Read one, little-endian. */
  readonly read: (view: DataView, at: number) => number;
}

/** The protocol's datatypes but BYTES (Open Inference Protocol v2, "Tensor Data Types"; BF16 is Triton's). */
const FIXED: ReadonlyMap<string, Fixed> = new Map<string, Fixed>([
  ["BOOL", { type: "bool", bytes: 1, whole: true, read: (view, at) => view.getUint8(at) }],
  ["UINT8", { type: "uint8", bytes: 1, whole: true, read: (view, at) => view.getUint8(at) }],
  ["UINT16", { type: "uint16", bytes: 2, whole: true, read: (view, at) => view.getUint16(at, true) }],
  ["UINT32", { type: "uint32", bytes: 4, whole: true, read: (view, at) => view.getUint32(at, true) }],
  [
    "UINT64",
    { type: "uint64", bytes: 8, whole: true, read: (view, at) => Number(view.getBigUint64(at, true)) },
  ],
  ["INT8", { type: "int8", bytes: 1, whole: true, read: (view, at) => view.getInt8(at) }],
  ["INT16", { type: "int16", bytes: 2, whole: true, read: (view, at) => view.getInt16(at, true) }],
  ["INT32", { type: "int32", bytes: 4, whole: true, read: (view, at) => view.getInt32(at, true) }],
  ["INT64", { type: "int64", bytes: 8, whole: true, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  [
    "FP16",
    { type: "float16", bytes: 2, whole: false, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  ],
  [
    "BF16",
    {
      type: "bfloat16",
      bytes: 2,
      whole: false,
      read: (view, at) => bfloatToNumber(view.getUint16(at, true)),
    },
  ],
  ["FP32", { type: "float32", bytes: 4, whole: false, read: (view, at) => view.getFloat32(at, true) }],
  ["FP64", { type: "float64", bytes: 8, whole: false, read: (view, at) => view.getFloat64(at, true) }],
]);
const TEXT = "BYTES";
/** Before each text stands its length. */
const TEXT_LENGTH_BYTES = 4;

/** @returns null for a datatype that the protocol does not have */
export function elementTypeOf(datatype: string): ElementType | null {
  return datatype === TEXT ? "string" : (FIXED.get(datatype)?.type ?? null);
}

/** @throws SuspectError SUSPECT_INPUTS for types that the protocol cannot carry */
export function datatypeOf(type: ElementType): string {
  if (type === "string") return TEXT;
  for (const [name, each] of FIXED) if (each.type === type) return name;
  throw cannotSend(`inputs of type ${type}`);
}

/** Whether its values are whole numbers. */
export function isWhole(datatype: string): boolean {
  return FIXED.get(datatype)?.whole ?? false;
}

/**
 * A tensor's elements as JSON leaves, flat: numbers, booleans, texts; 64-bit integers as bigint, which JSON holds too.
 *
 * @throws SuspectError SUSPECT_INPUTS for NaN and infinities, which JSON does not have
 */
export function jsonLeaves({ type, data }: Tensor): readonly (number | bigint | boolean | string)[] {
  if (isText(data)) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data);
  if (type === "bool") return Array.from(data, (value) => value !== 0);
  const numbers = Array.from(
    data,
    type === "float16" ? halfToNumber : type === "bfloat16" ? bfloatToNumber : Number,
  );
  if (!numbers.every(Number.isFinite)) throw cannotSend("NaN and infinite numbers");
  return numbers;
}

/** Elements as the binary extension carries them: little-endian, each text after its length. */
export function rawBytes({ data }: Tensor): Uint8Array {
  if (!isText(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const parts = data.flatMap((text) => {
    const bytes = Buffer.from(text, "utf8");
    const length = Buffer.alloc(TEXT_LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}

/** @returns null where the bytes are none of this datatype */
export function rawValues(bytes: Uint8Array, datatype: string): Float64Array | string[] | null {
  if (datatype === TEXT) return rawTexts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const known = FIXED.get(datatype);
  if (known === undefined || bytes.length % known.bytes !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(bytes.length / known.bytes);
  for (let i = 0; i < values.length; i++) values[i] = known.read(view, i * known.bytes);
  return values;
}

function rawTexts(bytes: Buffer): string[] | null {
  const texts: string[] = [];
  let at = 0;
  while (at + TEXT_LENGTH_BYTES <= bytes.length) {
    const from = at + TEXT_LENGTH_BYTES;
    at = from + bytes.readUInt32LE(at);
    if (at > bytes.length) return null;
    texts.push(bytes.toString("utf8", from, at));
  }
  return at === bytes.length ? texts : null;
}

function isText(data: TensorData): data is readonly string[] {
  return Array.isArray(data);
}

function cannotSend(what: string): SuspectError {
  return new SuspectError(
    "SUSPECT_INPUTS",
    `${what} cannot be sent to an endpoint`,
    "Give other probes, or examine the model's file.",
  );
}
