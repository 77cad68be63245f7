import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { rawLocation, readTensor } from "@indicia/onnx/read-tensor";
import { elementCount, toFloat64 } from "@indicia/onnx/tensor";

/** Bits of the packed types, the first number in the lowest bits (onnx.proto, TensorProto.raw_data). */
const PACKED: Readonly<Record<string, { readonly bits: number; readonly signed: boolean }>> = {
  int4: { bits: 4, signed: true },
  uint4: { bits: 4, signed: false },
  int2: { bits: 2, signed: true },
  uint2: { bits: 2, signed: false },
};

/**
 * The integers of a quantised tensor, in storage order; null for types and forms that hold none.
 *
 * @throws OnnxError as `readTensor`
 */
export function storedIntegers(model: OnnxModel, entry: TensorEntry): Float32Array | null {
  const packed = PACKED[entry.type];
  if (packed !== undefined) {
    const place = rawLocation(model, entry);
    if (place === null) return null;
    const bytes = place.source.read(place.range.start, place.range.end - place.range.start);
    const count = elementCount(entry.dims);
    return bytes.length * 8 < count * packed.bits ? null : unpack(bytes, count, packed.bits, packed.signed);
  }
  if (!/^u?int(8|16|32)$/.test(entry.type)) return null;
  return Float32Array.from(toFloat64(readTensor(model, entry)));
}

/**
 * Numbers of fewer than eight bits, the first in the lowest bits of the first byte.
 *
 * @param bits 2, 4 or 8
 */
export function unpack(bytes: Uint8Array, count: number, bits: number, signed: boolean): Float32Array {
  const out = new Float32Array(count);
  const each = 8 / bits;
  const mask = 2 ** bits - 1;
  const half = 2 ** (bits - 1);
  for (let i = 0; i < count; i++) {
    const value = ((bytes[Math.floor(i / each)] ?? 0) >> (bits * (i % each))) & mask;
    out[i] = signed && value >= half ? value - 2 * half : value;
  }
  return out;
}
