import { type Edit, type ValuesUpdate, VALUES_CHUNK } from "./edit.js";
import { OnnxError } from "./error.js";
import { RAW_BYTES } from "./index-tensor.js";
import type { OnnxModel, TensorEntry } from "./model.js";
import { fromRaw, readFloats, readTensor, toFloats } from "./read-tensor.js";
import type { ByteSource } from "./source.js";
import { type Splice, spliceBytes, type Write } from "./splice.js";
import { numberToBfloat, numberToHalf } from "./tensor.js";
import { type ByteRange, delimited, varintBytes } from "./wire.js";

/** Field number of int32_data. */
const INT32_DATA = 5;

export type ValuesEdit = Extract<Edit, { kind: "values" }>;

/** The splices by which an update of a tensor's numbers reaches the .onnx file; none for external data. */
export function valuesSplices(model: OnnxModel, edit: ValuesEdit): Splice[] {
  const { tensor, update } = edit;
  const { storage, enclosing } = tensor;
  switch (storage.kind) {
    case "raw":
      return [rawSplice(model.source, storage.range, 0, edit)];
    case "typed": {
      if (storage.field === "float_data" || storage.field === "double_data") {
        readFloats(model, tensor, 0, 0);
        return typedSplices(model, edit);
      }
      if (storage.field !== "int32_data" || (tensor.type !== "float16" && tensor.type !== "bfloat16")) break;
      const bytes = updatedInt32s(model, tensor, update);
      const [first, ...rest] = storage.fields;
      if (first === undefined) return [];
      return [
        spliceBytes(first.start, first.end, bytes, enclosing),
        ...rest.map(({ start, end }) => spliceBytes(start, end, new Uint8Array(0), enclosing)),
      ];
    }
    case "external":
    case "none":
      return [];
    case "attribute":
      break;
  }
  throw new OnnxError(
    "EDIT_UNSUPPORTED",
    `the numbers of "${tensor.name}" are stored in a form that is not edited`,
    "Store it as an initialiser.",
  );
}

function typedSplices(model: OnnxModel, edit: ValuesEdit): Splice[] {
  const { storage } = edit.tensor;
  if (storage.kind !== "typed") return [];
  const each = storage.field === "float_data" ? 4 : 8;
  const splices: Splice[] = [];
  let before = 0;
  for (const { start, end } of storage.parts) {
    splices.push(rawSplice(model.source, { start, end }, before, edit));
    before += (end - start) / each;
  }
  return splices;
}

/** A run of contiguous little-endian numbers, updated chunk by chunk while it is copied. */
export function rawSplice(
  source: ByteSource,
  { start, end }: ByteRange,
  firstIndex: number,
  { tensor, update, worker }: ValuesEdit,
): Splice {
  const each = RAW_BYTES[tensor.type] ?? 4;
  return {
    start,
    end,
    length: end - start,
    enclosing: tensor.enclosing,
    run:
      worker === undefined
        ? null
        : { tensor: { name: tensor.name, type: tensor.type }, each, firstIndex, worker },
    emit: (write: Write) => {
      const step = VALUES_CHUNK * each;
      for (let at = start; at < end; at += step) {
        const bytes = source.read(at, Math.min(step, end - at));
        write(updated(bytes, firstIndex + (at - start) / each, tensor, update));
      }
    },
  };
}

/** Bytes of a run of numbers after an update. */
export function updated(
  bytes: Uint8Array,
  index: number,
  tensor: Pick<TensorEntry, "name" | "type">,
  update: ValuesUpdate,
): Uint8Array {
  const data = fromRaw(bytes, tensor.type, tensor);
  if (data instanceof Float32Array) {
    update(data, index);
    return new Uint8Array(data.buffer);
  }
  const before = toFloats(data, tensor);
  const after = before.slice();
  update(after, index);
  if (data instanceof Float64Array) {
    for (let i = 0; i < data.length; i++) if (after[i] !== before[i]) data[i] = after[i] ?? 0;
    return new Uint8Array(data.buffer);
  }
  if (!(data instanceof Uint16Array)) throw new TypeError("floats are 16, 32 or 64 bits wide");
  const encode = tensor.type === "float16" ? numberToHalf : numberToBfloat;
  for (let i = 0; i < data.length; i++) if (after[i] !== before[i]) data[i] = encode(after[i] ?? 0);
  return new Uint8Array(data.buffer);
}

/** All of int32_data as one packed field; varints may change their size with their value. */
function updatedInt32s(model: OnnxModel, tensor: TensorEntry, update: ValuesUpdate): Uint8Array {
  const { data } = readTensor(model, tensor);
  if (!(data instanceof Uint16Array)) throw new TypeError("int32_data holds 16-bit floats here");
  const bytes = updated(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 0, tensor, update);
  const values = new Uint16Array(bytes.buffer);
  const content: number[] = [];
  for (const value of values) content.push(...varintBytes(value));
  return delimited(INT32_DATA, Uint8Array.from(content));
}
