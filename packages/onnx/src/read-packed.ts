import type { OnnxModel, TensorEntry } from "./model.js";
import { rawLocation } from "./read-tensor.js";
import { elementCount, type ElementType, type Tensor } from "./tensor.js";
import { varint } from "./wire.js";

/** Bits per element of the types that are read as bytes. */
const BITS: Partial<Record<ElementType, number>> = {
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  uint2: 2,
  int2: 2,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  complex64: 64,
  complex128: 128,
};

/**
 * The bytes of a tensor whose elements have no typed array, as raw_data has them: the first element in the lowest bits.
 *
 * @returns null for types that {@link readTensor} reads
 * @throws OnnxError EXTERNAL_PATH, EXTERNAL_MISSING, EXTERNAL_RANGE
 */
export function readPacked(model: OnnxModel, entry: TensorEntry): Tensor | null {
  const bits = BITS[entry.type];
  if (bits === undefined) return null;
  const { type, dims, storage } = entry;
  const bytes = new Uint8Array(Math.ceil((bits * elementCount(dims)) / 8));
  const raw = rawLocation(model, entry);
  if (raw !== null) {
    const { start, end } = raw.range;
    bytes.set(raw.source.read(start, Math.min(end - start, bytes.length)));
  } else if (storage.kind === "typed" && storage.field === "int32_data") {
    let at = 0;
    for (const part of storage.parts) {
      for (let from = part.start; from < part.end && at < bytes.length; at++) {
        const { value, length } = varint(model.source, from, part.end);
        bytes[at] = Number(value & 0xffn);
        from += length;
      }
    }
  } else if (storage.kind === "typed") {
    // Complex numbers lie in float_data or double_data: pairs, little-endian as in raw_data.
    let at = 0;
    for (const { start, end } of storage.parts) {
      bytes.set(model.source.read(start, Math.min(end - start, bytes.length - at)), at);
      at += Math.min(end - start, bytes.length - at);
    }
  }
  return { type, dims, data: bytes };
}
