import { createHash } from "node:crypto";
import { floatReader } from "@indicia/onnx/float-reader";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { elementCount } from "@indicia/onnx/tensor";

/** Values read at a time: they stay in the cache between their uses. */
const CHUNK: number = 2 ** 18;

/** What a plan has to know of a tensor's numbers. */
export interface TensorContent {
  /** SHA-256 of the values as float32, little-endian, hex. */
  readonly sha256: string;
  /** Whether they differ from one another. */
  readonly varies: boolean;
}

/** One pass over a float tensor. */
export function tensorContent(model: OnnxModel, tensor: TensorEntry): TensorContent {
  const total = elementCount(tensor.dims);
  const hash = createHash("sha256");
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  const read = floatReader(model, tensor, CHUNK);
  for (let start = 0; start < total; start += CHUNK) {
    const values = read(start, Math.min(CHUNK, total - start));
    for (let i = 0; i < values.length && !(least < most); i++) {
      least = Math.min(least, values[i] ?? 0);
      most = Math.max(most, values[i] ?? 0);
    }
    hash.update(littleEndian(values));
  }
  return { sha256: hash.digest("hex"), varies: least < most };
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}
