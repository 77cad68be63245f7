import { externalSource } from "./external.js";
import { NOT_A_MODEL, OnnxError } from "./error.js";
import { RAW_BYTES } from "./index-tensor.js";
import { MAX_READ_ELEMENTS } from "./limits.js";
import type { OnnxModel, Storage, TensorEntry } from "./model.js";
import type { ByteSource } from "./source.js";
import {
  bfloatToNumber,
  elementCount,
  type ElementType,
  halfToNumber,
  type Tensor,
  type TensorData,
} from "./tensor.js";
import { type ByteRange, fields, text, varint } from "./wire.js";

/** External files stay open as long as their model is referred to. */

/**
 * Read a whole tensor.
 *
 * @throws OnnxError TENSOR_SIZE where the numbers do not fit the shape, TENSOR_TYPE for types that are not read,
 *   EXTERNAL_PATH, EXTERNAL_MISSING, EXTERNAL_RANGE
 */
export function readTensor(model: OnnxModel, entry: TensorEntry): Tensor {
  const count = elementCount(entry.dims);
  if (count > MAX_READ_ELEMENTS) {
    throw new OnnxError("ONNX_LIMIT", `tensor "${entry.name}" has ${count} elements`, "Read it in parts.");
  }
  return { type: entry.type, dims: entry.dims, data: readData(model, entry, 0, count) };
}

/**
 * Read some of a float tensor's numbers.
 *
 * @param start linear index of the first, row-major
 * @returns float32; doubles are rounded to it
 * @throws OnnxError as {@link readTensor}, and TENSOR_TYPE for tensors that hold no floats
 */
export function readFloats(model: OnnxModel, entry: TensorEntry, start = 0, count?: number): Float32Array {
  const total = elementCount(entry.dims);
  const wanted = count ?? total - start;
  if (!(start >= 0 && wanted >= 0 && start + wanted <= total)) {
    throw new RangeError(`elements ${start} to ${start + wanted} are not in a tensor of ${total}`);
  }
  return toFloats(readData(model, entry, start, wanted), entry);
}

/** @throws OnnxError TENSOR_TYPE */
export function toFloats(data: TensorData, { type, name }: Pick<TensorEntry, "type" | "name">): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  if (type === "float16" && data instanceof Uint16Array) return Float32Array.from(data, halfToNumber);
  if (type === "bfloat16" && data instanceof Uint16Array) return Float32Array.from(data, bfloatToNumber);
  throw new OnnxError(
    "TENSOR_TYPE",
    `tensor "${name}" holds ${type}, not floats`,
    "Only float tensors are marked.",
  );
}

/** Where the numbers of a raw or external tensor lie, contiguous and little-endian; null for other forms. */
export function rawLocation(
  model: OnnxModel,
  entry: TensorEntry,
): { source: ByteSource; range: ByteRange } | null {
  const { storage } = entry;
  if (storage.kind === "raw") return { source: model.source, range: storage.range };
  if (storage.kind !== "external") return null;
  const source = externalSource(model, storage.location);
  const each = RAW_BYTES[entry.type];
  const needed = each === undefined ? storage.length : each * elementCount(entry.dims);
  const length = storage.length ?? needed ?? 0;
  const end = storage.offset + length;
  if (end > source.size || (needed !== null && length !== needed)) {
    throw new OnnxError(
      "EXTERNAL_RANGE",
      `tensor "${entry.name}" lies at ${storage.offset} to ${end} of "${storage.location}", which has ${source.size} bytes`,
      "Copy the external data whole, along with the model.",
    );
  }
  return { source, range: { start: storage.offset, end } };
}

function readData(model: OnnxModel, entry: TensorEntry, start: number, count: number): TensorData {
  const { storage, type } = entry;
  const raw = rawLocation(model, entry);
  if (raw !== null) {
    const each = RAW_BYTES[type];
    if (each === undefined) throw unread(entry);
    return fromRaw(raw.source.read(raw.range.start + start * each, count * each), type, entry);
  }
  if (storage.kind === "typed") return fromTyped(model.source, entry, storage, start, count);
  if (storage.kind === "attribute") return fromAttribute(storage.values.slice(start, start + count), type);
  if (elementCount(entry.dims) > 0) {
    throw new OnnxError(
      "TENSOR_SIZE",
      `tensor "${entry.name}" holds no data for [${entry.dims.join(", ")}]`,
      NOT_A_MODEL,
    );
  }
  return new Float32Array(0);
}

/** Typed arrays over a copy: raw_data lies at any address. */
export function fromRaw(
  bytes: Uint8Array,
  type: ElementType,
  entry: Pick<TensorEntry, "name" | "type">,
): TensorData {
  const { buffer } = bytes.slice();
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
    case "bfloat16":
    case "uint16":
      return new Uint16Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    default:
      throw unread(entry);
  }
}

function fromTyped(
  source: ByteSource,
  entry: TensorEntry,
  storage: Extract<Storage, { kind: "typed" }>,
  start: number,
  count: number,
): TensorData {
  const { type, dims } = entry;
  if (storage.field === "string_data") {
    return storage.fields.slice(start, start + count).map((range) => {
      const [field] = fields(source, range);
      return field === undefined ? "" : text(source, field, "string");
    });
  }
  const total = elementCount(dims);
  if (storage.field === "float_data" || storage.field === "double_data") {
    const each = storage.field === "float_data" ? 4 : 8;
    requireCount(
      entry,
      storage.parts.reduce((sum, { start: a, end: b }) => sum + (b - a) / each, 0),
      total,
    );
    const bytes = gatherBytes(source, storage.parts, start * each, count * each);
    return storage.field === "float_data" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  }
  const values = typedIntegers(source, storage, total + 1);
  requireCount(entry, values.length, total);
  return integersAs(values.slice(start, start + count), type, entry);
}

function typedIntegers(
  source: ByteSource,
  storage: Extract<Storage, { kind: "typed" }>,
  most: number,
): bigint[] {
  const values: bigint[] = [];
  for (const part of storage.parts) {
    for (let at = part.start; at < part.end && values.length < most; ) {
      const { value, length } = varint(source, at, part.end);
      values.push(value);
      at += length;
    }
  }
  return values;
}

function integersAs(values: readonly bigint[], type: ElementType, entry: TensorEntry): TensorData {
  const numbers = (): number[] => values.map((value) => Number(BigInt.asIntN(64, value)));
  switch (type) {
    case "float16":
    case "bfloat16":
    case "uint16":
      return Uint16Array.from(numbers());
    case "int16":
      return Int16Array.from(numbers());
    case "int8":
      return Int8Array.from(numbers());
    case "uint8":
    case "bool":
      return Uint8Array.from(numbers());
    case "int32":
      return Int32Array.from(numbers());
    case "uint32":
      return Uint32Array.from(numbers());
    case "int64":
      return BigInt64Array.from(values);
    case "uint64":
      return BigUint64Array.from(values);
    default:
      throw unread(entry);
  }
}

function gatherBytes(
  source: ByteSource,
  parts: readonly ByteRange[],
  skip: number,
  length: number,
): Uint8Array {
  const out = new Uint8Array(length);
  let before = 0;
  for (const { start, end } of parts) {
    const from = Math.max(skip, before);
    const to = Math.min(skip + length, before + end - start);
    if (from < to) out.set(source.read(start + from - before, to - from), from - skip);
    before += end - start;
  }
  return out;
}

function fromAttribute(values: readonly (number | bigint)[], type: ElementType): TensorData {
  return type === "float32"
    ? Float32Array.from(values, Number)
    : BigInt64Array.from(values, (value) => BigInt(value));
}

function requireCount({ name, dims }: TensorEntry, found: number, wanted: number): void {
  if (found === wanted) return;
  throw new OnnxError(
    "TENSOR_SIZE",
    `tensor "${name}" [${dims.join(", ")}] holds ${found} numbers`,
    NOT_A_MODEL,
  );
}

function unread({ name, type }: Pick<TensorEntry, "name" | "type">): OnnxError {
  return new OnnxError(
    "TENSOR_TYPE",
    `tensor "${name}" of type ${type} cannot be read`,
    "Convert the model to a wider type.",
  );
}
