import { createCipheriv } from "node:crypto";
import type { Keystream } from "@indicia/proof/keystream";

/** Initial counter of RFC 8439 and the zero nonce: OpenSSL takes both as one 16-byte vector. */
const IV_BYTES = 16;
/** Blocks that the 32-bit counter of RFC 8439 can number. */
const MAX_BLOCKS = 2 ** 32;
/** Plaintext that is encrypted to obtain the stream; longer requests are cut into pieces of this size. */
const ZEROS: Uint8Array = new Uint8Array(2 ** 20);

/**
 * The keystream of `@indicia/proof/keystream` through OpenSSL: the same bytes, many times faster.
 *
 * @throws RangeError beyond the last block
 */
export const nodeKeystream: Keystream = (key, block, length) => {
  if (block < 0 || block + Math.ceil(length / 64) > MAX_BLOCKS)
    throw new RangeError(`block ${block} does not exist`);
  const iv = new Uint8Array(IV_BYTES);
  new DataView(iv.buffer).setUint32(0, block, true);
  const cipher = createCipheriv("chacha20", key, iv);
  if (length <= ZEROS.length) return cipher.update(ZEROS.subarray(0, length));
  const stream = new Uint8Array(length);
  for (let done = 0; done < length; done += ZEROS.length) {
    stream.set(cipher.update(ZEROS.subarray(0, Math.min(ZEROS.length, length - done))), done);
  }
  return stream;
};
