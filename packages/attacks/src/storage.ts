import type { TensorWriter } from "@indicia/onnx/build";
import { concat, tensorHead, tensorProto } from "@indicia/onnx/graph-splice";
import { elementCount, type ElementType, type Tensor } from "@indicia/onnx/tensor";
import { delimited, varintBytes } from "@indicia/onnx/wire";
import { decode, encode } from "./decode.js";
import { nothingToDo } from "./error.js";

export interface StorageOptions {
  /** `raw` for raw_data, `typed` for float_data, int32_data and the like. */
  readonly form: "raw" | "typed";
}

/** Every tensor is stored the other way; its numbers stay bit for bit. */
export function storage(bytes: Uint8Array, { form }: StorageOptions): Uint8Array {
  return encode(decode(bytes), form === "raw" ? tensorProto : typedProto);
}

/** Field numbers of TensorProto by element type (onnx.proto); all others are int32_data. */
const FIELDS: Partial<Record<ElementType, number>> = {
  float32: 4,
  complex64: 4,
  string: 6,
  int64: 7,
  float64: 10,
  complex128: 10,
  uint32: 11,
  uint64: 11,
};
const INT32_DATA = 5;

/** TensorProto without raw_data. */
function typedProto(name: string, tensor: Tensor): Uint8Array {
  const { data, type } = tensor;
  if (!ArrayBuffer.isView(data)) return tensorProto(name, tensor);
  const field = FIELDS[type] ?? INT32_DATA;
  const content =
    field === 4 || field === 10
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : Uint8Array.from([...data].flatMap((value) => varintBytes(value)));
  return concat([tensorHead(name, tensor), delimited(field, content)]);
}

/** A model and the files that it keeps its tensors in, by name. */
export interface ModelFiles {
  readonly model: Uint8Array;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Where each tensor starts, for readers that map files into memory. */
const ALIGNMENT = 64;

/**
 * The large tensors move to a file beside the model.
 *
 * @param options.file its name
 * @param options.minimum elements from which on a tensor moves, default 64
 * @throws AttackError NOTHING_TO_DO where none is that large
 */
export function external(
  bytes: Uint8Array,
  options: { readonly file: string; readonly minimum?: number },
): ModelFiles {
  const { file, minimum = 64 } = options;
  const parts: Uint8Array[] = [];
  let offset = 0;
  const write: TensorWriter = (name, tensor) => {
    const { data, dims } = tensor;
    if (!ArrayBuffer.isView(data) || elementCount(dims) < minimum) return tensorProto(name, tensor);
    const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const place = { location: file, offset: String(offset), length: String(content.length) };
    const padding = (ALIGNMENT - (content.length % ALIGNMENT)) % ALIGNMENT;
    parts.push(content, new Uint8Array(padding));
    offset += content.length + padding;
    return concat([
      tensorHead(name, tensor),
      ...Object.entries(place).map(([key, value]) => delimited(13, concat([text(1, key), text(2, value)]))),
      Uint8Array.of(14 * 8, 1),
    ]);
  };
  const model = encode(decode(bytes), write);
  if (parts.length === 0) throw nothingToDo(`tensor of ${minimum} elements`);
  return { model, files: new Map([[file, concat(parts)]]) };
}

function text(field: number, value: string): Uint8Array {
  return delimited(field, new TextEncoder().encode(value));
}
