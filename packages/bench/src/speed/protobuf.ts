/** Just enough of the protobuf wire format to write a model that is larger than one wants in memory. */

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A field that is a non-negative whole number. */
export function numberField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + VARINT), ...varint(value)]);
}

/** A field that is text or a message, with everything in it. */
export function bytesField(field: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return concat([fieldHeader(field, bytes.length), bytes]);
}

/** What precedes `length` bytes that follow by themselves. */
export function fieldHeader(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + LENGTH_DELIMITED), ...varint(length)]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Seven bits to a byte, the lowest first; lengths may need more than 32 bits. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
