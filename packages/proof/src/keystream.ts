import { chacha20 } from "@noble/ciphers/chacha.js";

/** ChaCha20 works in blocks of 64 bytes (RFC 8439, section 2.3). */
export const KEYSTREAM_BLOCK = 64;

/**
 * A random-access keystream: ChaCha20 (RFC 8439, section 2.4) under a zero nonce, each key being used for one
 * stream alone.
 *
 * @param key 32 bytes
 * @param block index of the first 64-byte block, below 2^32
 * @param length bytes wanted, from the start of that block
 */
export type Keystream = (key: Uint8Array, block: number, length: number) => Uint8Array;

const ZERO_NONCE = new Uint8Array(12);

/** The portable keystream; a faster one that gives the same bytes may be passed wherever a Keystream is taken. */
export const portableKeystream: Keystream = (key, block, length) =>
  chacha20(key, ZERO_NONCE, new Uint8Array(length), undefined, block);
