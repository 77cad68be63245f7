const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

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

/** What {@link float64Bytes} has written. @throws RangeError for bytes that are no whole numbers */
export function float64Values(bytes: Uint8Array): Float64Array {
  return new Float64Array(reordered(bytes, 8).buffer);
}

/** What {@link int32Bytes} has written. @throws RangeError for bytes that are no whole numbers */
export function int32Values(bytes: Uint8Array): Int32Array {
  return new Int32Array(reordered(bytes, 4).buffer);
}

/** What {@link int16Bytes} has written. @throws RangeError for bytes that are no whole numbers */
export function int16Values(bytes: Uint8Array): Int16Array {
  return new Int16Array(reordered(bytes, 2).buffer);
}

/** A copy of bytes, each number turned round where the machine's own order is the other one. */
function reordered(values: ArrayBufferView, each: 2 | 4 | 8): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  if (!IS_LITTLE_ENDIAN) {
    for (let at = 0; at < bytes.length; at += each) bytes.subarray(at, at + each).reverse();
  }
  return bytes;
}
