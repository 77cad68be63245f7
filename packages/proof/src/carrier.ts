import { streamKey } from "./keys.js";
import { KEYSTREAM_BLOCK, type Keystream } from "./keystream.js";

/** Scheme ids; what they mean never changes. */
export const READOUT_SCHEME = "readout/1";
export const WEIGHTS_SCHEME = "weights/1";

/** Words of a weight carrier per keystream block: 16 bits each. */
export const WORDS_PER_BLOCK: number = KEYSTREAM_BLOCK / 2;

/**
 * The read-out carrier: entry (row, column) is bit (i mod 8) of byte floor(i / 8) of the stream labelled
 * "readout/1", i = row * columns + column; a set bit is -1.
 *
 * @returns +1/-1, length rows * columns, row-major
 */
export function readoutCarrier(
  seed: Uint8Array,
  rows: number,
  columns: number,
  keystream: Keystream,
): Int8Array {
  const count = rows * columns;
  const bytes = keystream(streamKey(seed, READOUT_SCHEME), 0, Math.ceil(count / 8));
  const signs = new Int8Array(count);
  for (let i = 0; i < count; i++) signs[i] = ((bytes[i >>> 3] ?? 0) >>> (i & 7)) & 1 ? -1 : 1;
  return signs;
}

/** Stream key of one tensor's weight carrier. */
export function weightStreamKey(seed: Uint8Array, tensorLabel: string): Uint8Array {
  return streamKey(seed, `${WEIGHTS_SCHEME}/${tensorLabel}`);
}

/**
 * Raw 16-bit little-endian words of a tensor's weight carrier; word i belongs to the weight at linear index i of
 * the tensor in its registered orientation. Bit 0 is the sign (set: -1), bit 1 tells payload (set) from pilot,
 * bits 2 to 15 choose the coded payload bit, see {@link codedBit}.
 *
 * @param key from {@link weightStreamKey}
 * @param start first index
 * @param count number of words
 */
export function weightWords(
  key: Uint8Array,
  start: number,
  count: number,
  keystream: Keystream,
): Uint16Array {
  const block = Math.floor(start / WORDS_PER_BLOCK);
  const skip = start - block * WORDS_PER_BLOCK;
  const bytes = keystream(key, block, 2 * (skip + count));
  if (LITTLE_ENDIAN && (bytes.byteOffset & 1) === 0) {
    return new Uint16Array(bytes.buffer, bytes.byteOffset + 2 * skip, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2 * skip, 2 * count);
  const words = new Uint16Array(count);
  for (let i = 0; i < count; i++) words[i] = view.getUint16(2 * i, true);
  return words;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Which of `codedBits` payload bits a word belongs to.
 *
 * @param codedBits at most 2^14
 * @returns index in 0 .. codedBits - 1
 */
export function codedBit(word: number, codedBits: number): number {
  return ((word >>> 2) * codedBits) >>> 14;
}
