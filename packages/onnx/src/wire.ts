import { malformed, NOT_A_MODEL, OnnxError } from "./error.js";
import { MAX_NAME_BYTES } from "./limits.js";
import type { ByteSource } from "./source.js";

/** A range of bytes in a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One field of a protobuf message (protobuf.dev, "Encoding"), with where it stands. */
export interface Field extends ByteRange {
  readonly number: number;
  /** 0 varint, 1 64-bit, 2 length-delimited, 5 32-bit. */
  readonly wire: number;
  /** Value of a varint as an unsigned 64-bit integer; 0 for other wire types. */
  readonly value: bigint;
  /** Where the tag ends; for length-delimited fields the length stands here. */
  readonly afterTag: number;
  /** Where the content begins, after tag and length. */
  readonly content: number;
}

/** Longest varint of a 64-bit number. */
const MAX_VARINT_BYTES = 10;

/** Fields of the message in `range`, in file order. */
export function* fields(source: ByteSource, range: ByteRange): Generator<Field, void, void> {
  let at = range.start;
  while (at < range.end) {
    const tag = varint(source, at, range.end);
    const number = Number(tag.value >> 3n);
    const wire = Number(tag.value & 7n);
    if (number < 1 || number > 536_870_911)
      throw malformed(`field number ${number} is outside protobuf's range`);
    const after = at + tag.length;
    let end = after;
    let content = after;
    let value = 0n;
    if (wire === 0) {
      const number64 = varint(source, after, range.end);
      value = number64.value;
      end = after + number64.length;
    } else if (wire === 1) end = after + 8;
    else if (wire === 5) end = after + 4;
    else if (wire === 2) {
      const length = varint(source, after, range.end);
      if (length.value > BigInt(range.end)) throw beyond();
      content = after + length.length;
      end = content + Number(length.value);
    } else throw malformed(`wire type ${wire} is not used by ONNX`);
    if (end > range.end) throw beyond();
    yield { number, wire, value, start: at, afterTag: after, content, end };
    at = end;
  }
}

/** @returns an unsigned 64-bit number and how many bytes it took */
export function varint(source: ByteSource, at: number, end: number): { value: bigint; length: number } {
  const available = Math.min(MAX_VARINT_BYTES, end - at);
  if (available <= 0) throw beyond();
  const bytes = source.read(at, available);
  let small = 0;
  for (let i = 0; i < Math.min(available, 4); i++) {
    const byte = bytes[i] ?? 0;
    small |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return { value: BigInt(small), length: i + 1 };
  }
  let value = BigInt(small);
  for (let i = 4; i < available; i++) {
    const byte = bytes[i] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), length: i + 1 };
  }
  throw available < MAX_VARINT_BYTES ? beyond() : malformed("a number is longer than 64 bits");
}

/** A number as varint bytes; negative ones take ten bytes, as in protobuf. */
export function varintBytes(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

/** A length-delimited field. */
export function delimited(number: number, content: Uint8Array): Uint8Array {
  const head = [...varintBytes(number * 8 + 2), ...varintBytes(content.length)];
  const out = new Uint8Array(head.length + content.length);
  out.set(head);
  out.set(content, head.length);
  return out;
}

/** Signed value of an int64 field. */
export function signed(field: Field): bigint {
  return BigInt.asIntN(64, field.value);
}

/** @throws OnnxError ONNX_MALFORMED where the field has another wire type */
export function message(field: Field, what: string): ByteRange {
  if (field.wire !== 2) throw malformed(`${what} has wire type ${field.wire}`);
  return { start: field.content, end: field.end };
}

const decoder = new TextDecoder("utf-8");

/** @throws OnnxError ONNX_LIMIT for names beyond the limit */
export function text(source: ByteSource, field: Field, what: string, most: number = MAX_NAME_BYTES): string {
  const { start, end } = message(field, what);
  if (end - start > most) {
    throw new OnnxError("ONNX_LIMIT", `${what} is longer than ${most} bytes`, NOT_A_MODEL);
  }
  return decoder.decode(source.read(start, end - start));
}

function beyond(): OnnxError {
  return new OnnxError("ONNX_TRUNCATED", "a message is longer than what surrounds it", NOT_A_MODEL);
}
