import { altered } from "./error.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ENCODE: Uint8Array = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
/** Value of each character code; 64 and above are outside the alphabet. */
const DECODE: Uint8Array = new Uint8Array(256).fill(255);
for (const [value, code] of ENCODE.entries()) DECODE[code] = value;
const PAD = 0x3d;

/** Standard base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const out = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const triple = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    out[to] = ENCODE[triple >> 18] ?? 0;
    out[to + 1] = ENCODE[(triple >> 12) & 63] ?? 0;
    out[to + 2] = from + 1 < bytes.length ? (ENCODE[(triple >> 6) & 63] ?? 0) : PAD;
    out[to + 3] = from + 2 < bytes.length ? (ENCODE[triple & 63] ?? 0) : PAD;
  }
  return new TextDecoder().decode(out);
}

/**
 * The bytes of standard base64. Exactly one spelling of every byte string is accepted (RFC 4648, section 3.5): no
 * white space, full padding, unused bits zero.
 *
 * @throws EvidenceError BASE64_MALFORMED
 */
export function fromBase64(text: string): Uint8Array {
  return decodeBase64(new TextEncoder().encode(text));
}

/**
 * As `fromBase64`, of the characters' codes.
 *
 * @param room where the bytes go, if it is large enough
 * @throws EvidenceError BASE64_MALFORMED
 */
export function decodeBase64(codes: Uint8Array, room?: Uint8Array): Uint8Array {
  if (codes.length % 4 !== 0)
    throw altered("BASE64_MALFORMED", "base64 text has a length that is no multiple of four");
  const padding = codes.at(-2) === PAD ? 2 : codes.at(-1) === PAD ? 1 : 0;
  const length = (codes.length / 4) * 3 - padding;
  const out = room !== undefined && length <= room.length ? room.subarray(0, length) : new Uint8Array(length);
  const whole = padding > 0 ? codes.length - 4 : codes.length;
  /** Above 63 once any character was outside the alphabet. */
  let seen = 0;
  for (let from = 0, to = 0; from < whole; from += 4, to += 3) {
    const a = DECODE[codes[from] ?? 255] ?? 255;
    const b = DECODE[codes[from + 1] ?? 255] ?? 255;
    const c = DECODE[codes[from + 2] ?? 255] ?? 255;
    const d = DECODE[codes[from + 3] ?? 255] ?? 255;
    seen |= a | b | c | d;
    const three = (a << 18) | (b << 12) | (c << 6) | d;
    out[to] = three >> 16;
    out[to + 1] = three >> 8;
    out[to + 2] = three;
  }
  if (seen > 63) throw altered("BASE64_MALFORMED", "base64 text has a character outside its alphabet");
  if (padding !== 0) readPadded(codes.subarray(whole), padding, out);
  return out;
}

/** The last four characters, where some of them fill up. */
function readPadded(codes: Uint8Array, padding: 1 | 2, out: Uint8Array): void {
  const [a, b] = [valueAt(codes, 0), valueAt(codes, 1)];
  const c = padding === 2 ? 0 : valueAt(codes, 2);
  const three = (a << 18) | (b << 12) | (c << 6);
  const at = out.length - (3 - padding);
  out[at] = three >> 16;
  if (padding === 1) out[at + 1] = three >> 8;
  const unused = padding === 2 ? three & 0xffff : three & 0xff;
  if (unused !== 0) throw altered("BASE64_MALFORMED", "base64 text has bits set after its last byte");
  if (codes[3] !== PAD) throw altered("BASE64_MALFORMED", "base64 text is not filled up to its end");
}

function valueAt(codes: Uint8Array, at: number): number {
  const value = DECODE[codes[at] ?? 255] ?? 255;
  if (value > 63) throw altered("BASE64_MALFORMED", "base64 text has a character outside its alphabet");
  return value;
}
