import type { ElementType, TensorData } from "@indicia/onnx/tensor";
import { DataError } from "./error.js";

/** A header says a type and a shape; numpy itself refuses to evaluate one of more than 10,000 characters. */
const MAX_HEADER_BYTES = 10_000;
/** numpy 2 stops at 64 axes. */
const MAX_AXES = 64;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** The format specification asks for data that start at a multiple of 64 bytes. */
const ALIGNMENT = 64;

interface NpyType {
  readonly type: ElementType;
  /** Bytes per element. */
  readonly bytes: number;
  /** Elements over little-endian bytes; every platform that onnxruntime runs on is little-endian. */
  readonly view: (buffer: ArrayBuffer) => TensorData;
}

/** Element types that .npy can hold and a tensor too, under numpy's kind and size. */
export const NPY_TYPES: ReadonlyMap<string, NpyType> = new Map<string, NpyType>([
  ["b1", { type: "bool", bytes: 1, view: (buffer) => new Uint8Array(buffer) }],
  ["i1", { type: "int8", bytes: 1, view: (buffer) => new Int8Array(buffer) }],
  ["i2", { type: "int16", bytes: 2, view: (buffer) => new Int16Array(buffer) }],
  ["i4", { type: "int32", bytes: 4, view: (buffer) => new Int32Array(buffer) }],
  ["i8", { type: "int64", bytes: 8, view: (buffer) => new BigInt64Array(buffer) }],
  ["u1", { type: "uint8", bytes: 1, view: (buffer) => new Uint8Array(buffer) }],
  ["u2", { type: "uint16", bytes: 2, view: (buffer) => new Uint16Array(buffer) }],
  ["u4", { type: "uint32", bytes: 4, view: (buffer) => new Uint32Array(buffer) }],
  ["u8", { type: "uint64", bytes: 8, view: (buffer) => new BigUint64Array(buffer) }],
  ["f2", { type: "float16", bytes: 2, view: (buffer) => new Uint16Array(buffer) }],
  ["f4", { type: "float32", bytes: 4, view: (buffer) => new Float32Array(buffer) }],
  ["f8", { type: "float64", bytes: 8, view: (buffer) => new Float64Array(buffer) }],
]);

export interface NpyHeader extends NpyType {
  readonly bigEndian: boolean;
  /** True where the first axis varies fastest. */
  readonly fortran: boolean;
  readonly dims: readonly number[];
  /** Where the elements begin. */
  readonly dataOffset: number;
}

/**
 * Read the header of a .npy file, versions 1 to 3 (NumPy Enhancement Proposal 1, "A simple file format for NumPy
 * arrays", and numpy.lib.format for version 3).
 *
 * @throws DataError NPY_INVALID for a malformed header, NPY_TYPE for elements that no tensor holds
 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw invalid("it does not begin with the .npy signature");
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw invalid(`version ${version} is unknown`);
  const prefix = version === 1 ? 10 : 12;
  if (bytes.length < prefix) throw invalid("it ends inside the header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw invalid(`a header of ${length} bytes (at most ${MAX_HEADER_BYTES})`);
  if (bytes.length < prefix + length) throw invalid("it ends inside the header");
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(prefix, prefix + length),
  );
  const fields = parseFields(text);
  return {
    ...parseDescription(fields.get("descr")),
    fortran: parseOrder(fields.get("fortran_order")),
    dims: parseShape(fields.get("shape")),
    dataOffset: prefix + length,
  };
}

/** Header for a C-ordered array, as the smallest version that holds it. */
export function npyHeader(description: string, dims: readonly number[]): Uint8Array {
  const shape = dims.length === 1 ? `(${dims[0] ?? 0},)` : `(${dims.join(", ")})`;
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': ${shape}, }`;
  // 64 axes of 16 digits stay below the 65,535 bytes of version 1.
  const padding = ALIGNMENT - ((MAGIC.length + 4 + text.length + 1) % ALIGNMENT);
  const padded = `${text}${" ".repeat(padding % ALIGNMENT)}\n`;
  const header = new Uint8Array(MAGIC.length + 4 + padded.length);
  header.set(MAGIC);
  header.set([1, 0, padded.length & 0xff, padded.length >> 8], MAGIC.length);
  header.set(new TextEncoder().encode(padded), MAGIC.length + 4);
  return header;
}

/** The three fields of the dictionary literal that a header is, as their source text. */
function parseFields(text: string): Map<string, string> {
  const literal = /^\s*\{([^{}]*)\}\s*$/.exec(text);
  if (literal === null) throw invalid("its header is not a dictionary");
  const field = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\)|\[[^\0]*\])\s*(?:,|$)/y;
  const fields = new Map<string, string>();
  const body = (literal[1] ?? "").trimEnd();
  while (field.lastIndex < body.length) {
    const match = field.exec(body);
    const name = match?.[1] ?? match?.[2];
    const value = match?.[3];
    if (name === undefined || value === undefined || fields.has(name))
      throw invalid("its header cannot be parsed");
    if (value.startsWith("[")) throw unsupported("it holds records of several fields");
    fields.set(name, value);
  }
  if (fields.size !== 3) throw invalid("its header does not say descr, fortran_order and shape");
  return fields;
}

function parseDescription(text: string | undefined): NpyType & Pick<NpyHeader, "bigEndian"> {
  const match = /^['"]([<>|])?([A-Za-z?])(\d*)['"]$/.exec(text ?? "");
  if (match === null) throw invalid("its element type cannot be parsed");
  const [, order = "|", kind = "", size = ""] = match;
  const found = NPY_TYPES.get(kind === "?" ? "b1" : `${kind}${size}`);
  if (found === undefined) throw unsupported(`it holds elements of type ${kind}${size}`);
  if (order === "|" && found.bytes > 1) throw invalid("its element type has no byte order");
  return { ...found, bigEndian: order === ">" };
}

function parseOrder(text: string | undefined): boolean {
  if (text !== "True" && text !== "False") throw invalid("fortran_order is neither True nor False");
  return text === "True";
}

function parseShape(text: string | undefined): number[] {
  const inner = /^\(([\d\sL,]*)\)$/.exec(text ?? "")?.[1];
  if (inner === undefined) throw invalid("its shape cannot be parsed");
  if (inner.trim() === "") return [];
  const parts = inner.split(",").map((part) => part.trim());
  if (parts.length < 2) throw invalid("its shape is not a tuple");
  if (parts.at(-1) === "") parts.pop();
  if (parts.length > MAX_AXES) throw invalid(`${parts.length} axes (at most ${MAX_AXES})`);
  return parts.map((part) => {
    // Python 2 wrote long integers with an L.
    const digits = /^(\d{1,16})L?$/.exec(part)?.[1];
    const size = Number(digits);
    if (digits === undefined || !Number.isSafeInteger(size)) throw invalid(`"${part}" is not a dimension`);
    return size;
  });
}

function invalid(what: string): DataError {
  return new DataError(
    "NPY_INVALID",
    `not a valid .npy file: ${what}`,
    "Save the array again with numpy.save.",
  );
}

function unsupported(what: string): DataError {
  return new DataError(
    "NPY_TYPE",
    `a .npy file that no model can take: ${what}`,
    "Save one plain numeric or boolean array, for example with array.astype('float32').",
  );
}
