/** What Python's `bytes.strip` takes away: space, tab, line feed, carriage return, vertical tab, form feed. */
const WHITE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0x0b, 0x0c]);

/** The bytes from the first that is no white space on; a view. */
export function trimStart(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < bytes.length && WHITE.has(bytes[from] ?? 0)) from++;
  return bytes.subarray(from);
}

/** The bytes up to the last that is no white space; a view. */
export function trimEnd(bytes: Uint8Array): Uint8Array {
  let to = bytes.length;
  while (to > 0 && WHITE.has(bytes[to - 1] ?? 0)) to--;
  return bytes.subarray(0, to);
}
