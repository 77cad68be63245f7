import { endianness } from "node:os";

const IS_LITTLE_ENDIAN = endianness() === "LE";

/** Numbers as the little-endian bytes in which observations keep them, whatever the machine. */
export function float64Bytes(values: Float64Array): Uint8Array {
  return reordered(values, 8);
}

export function int32Bytes(values: Int32Array): Uint8Array {
  return reordered(values, 4);
}

export function int16Bytes(values: Int16Array): Uint8Array {
  return reordered(values, 2);
}

/** What {@link int16Bytes} has written; an odd last byte is left out. */
export function int16Values(bytes: Uint8Array): Int16Array {
  return new Int16Array(reordered(bytes, 2).buffer, 0, bytes.length >> 1);
}

/** A copy of bytes, each number turned round where the machine's own order is the other one. */
function reordered(values: NodeJS.ArrayBufferView, each: 2 | 4 | 8): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  if (IS_LITTLE_ENDIAN) return bytes;
  const numbers = Buffer.from(bytes.buffer);
  if (each === 2) numbers.swap16();
  else if (each === 4) numbers.swap32();
  else numbers.swap64();
  return bytes;
}
