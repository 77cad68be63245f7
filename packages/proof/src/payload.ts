import { bytesToUtf8 } from "@noble/ciphers/utils.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { type Correction, lnCorrection } from "./correction.js";
import { CODED_BITS, decodeFrame, encodeFrame, FRAME_BITS } from "./payload-code.js";

/** Longest payload text in UTF-8 bytes. */
export const PAYLOAD_BYTES = 32;
/** Bits of the message, text and padding together. */
export const PAYLOAD_BITS: number = 8 * PAYLOAD_BYTES;

/** What soft values were decoded to. */
export interface DecodedPayload {
  /** The text, or null where the checksum, the padding or the encoding is wrong. */
  readonly text: string | null;
  /** The {@link PAYLOAD_BYTES} message bytes as decoded, right or wrong. */
  readonly bytes: Uint8Array;
  /** Coded bits whose soft value contradicts the code word that was decoded. */
  readonly codedBitErrors: number;
  readonly crcOk: boolean;
}

/**
 * Message bytes of a payload: UTF-8, padded with zero bytes.
 *
 * @throws RangeError for a text beyond {@link PAYLOAD_BYTES} bytes, with a NUL, or with a lone surrogate
 */
export function payloadBytes(text: string): Uint8Array {
  const encoded = utf8ToBytes(text);
  if (encoded.length > PAYLOAD_BYTES) {
    throw new RangeError(
      `a payload has at most ${PAYLOAD_BYTES} UTF-8 bytes, this one has ${encoded.length}`,
    );
  }
  if (encoded.includes(0)) throw new RangeError("a payload cannot contain a NUL character");
  if (/\p{Surrogate}/u.test(text)) throw new RangeError("a payload cannot contain a lone surrogate");
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  bytes.set(encoded);
  return bytes;
}

/**
 * Coded bits of a payload text: its 32 message bytes and their CRC-32 (big-endian), each byte from its most
 * significant bit, through the code of `payload-code.ts`.
 *
 * @returns 1184 entries of 0 or 1; 0 stands for a carrier sign kept, 1 for one turned over
 * @throws RangeError as {@link payloadBytes}
 */
export function encodePayload(text: string): Uint8Array {
  const bytes = payloadBytes(text);
  const frame = new Uint8Array(FRAME_BITS);
  const checksum = crc32(bytes);
  for (let i = 0; i < PAYLOAD_BITS; i++) frame[i] = ((bytes[i >>> 3] ?? 0) >>> (7 - (i & 7))) & 1;
  for (let i = 0; i < 32; i++) frame[PAYLOAD_BITS + i] = (checksum >>> (31 - i)) & 1;
  return encodeFrame(frame);
}

/**
 * The payload that agrees best with soft values.
 *
 * @param soft length 1184, sum of carrier times residual over the weights of each coded bit
 */
export function decodePayload(soft: Float64Array): DecodedPayload {
  const frame = decodeFrame(soft);
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  let checksum = 0;
  for (let i = 0; i < FRAME_BITS; i++) {
    const bit = frame[i] ?? 0;
    if (i < PAYLOAD_BITS) bytes[i >>> 3] = ((bytes[i >>> 3] ?? 0) << 1) | bit;
    else checksum = ((checksum << 1) | bit) >>> 0;
  }
  const coded = encodeFrame(frame);
  let codedBitErrors = 0;
  for (let j = 0; j < CODED_BITS; j++)
    if (((coded[j] ?? 0) === 1 ? -1 : 1) * (soft[j] ?? 0) < 0) codedBitErrors++;
  const crcOk = crc32(bytes) === checksum;
  return { text: crcOk ? textOf(bytes) : null, bytes, codedBitErrors, crcOk };
}

/** Message bits that differ between what was decoded and what was expected, 0 .. 256. */
export function payloadBitErrors(decoded: Uint8Array, text: string): number {
  let errors = 0;
  for (const [i, byte] of payloadBytes(text).entries()) {
    for (let bits = byte ^ (decoded[i] ?? 0); bits !== 0; bits >>>= 1) errors += bits & 1;
  }
  return errors;
}

/**
 * What a statistic pays whose payload was read from the suspect itself: the best of 2^256 messages was taken. A
 * payload that was committed to before pays nothing.
 */
export function decodedPayloadCorrection(): Correction {
  return lnCorrection("payload decoded from the suspect", PAYLOAD_BITS * Math.LN2);
}

function textOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const encoded = end < 0 ? bytes : bytes.subarray(0, end);
  const text = bytesToUtf8(encoded);
  // A decoder replaces what is not UTF-8, and padding may hold stray bytes: both show in the way back.
  try {
    return payloadBytes(text).every((byte, i) => byte === bytes[i]) ? text : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const CRC_TABLE: Uint32Array = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of ISO/IEC/IEEE 8802-3, section 3.2.9 (polynomial 0x04C11DB7, reflected). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
