import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { streamKey } from "./keys.js";

/** Scheme id; what it means never changes. */
export const LOGGED_SCHEME = "logged/1";

/** Bytes of a query's label: SHA-256 over the canonical form of its inputs. */
const QUERY_BYTES = 32;

/** Keys of the two carriers that live on logged queries alone. */
export interface LoggedKeys {
  readonly tilt: Uint8Array;
  readonly change: Uint8Array;
}

/** @param seed carrier seed of a customer, or of the gateway where it has no customers */
export function loggedKeys(seed: Uint8Array): LoggedKeys {
  return {
    tilt: streamKey(seed, `${LOGGED_SCHEME}/tilt`),
    change: streamKey(seed, `${LOGGED_SCHEME}/change`),
  };
}

/**
 * The signs of one query's tilt: entry c is bit (c mod 8) of byte floor(c / 8) of the blocks
 * HMAC-SHA-256(key, query || uint32be(block)); a set bit is -1. The label is injective, so every (query, class) has a
 * fair coin of its own.
 *
 * @param query SHA-256 of the query's canonical inputs, 32 bytes
 * @returns +1/-1, length `classes`
 */
export function tiltSigns(key: Uint8Array, query: Uint8Array, classes: number): Int8Array {
  const signs = new Int8Array(classes);
  let bytes = new Uint8Array(0);
  for (let c = 0; c < classes; c++) {
    if (c % 256 === 0) bytes = block(key, query, c / 256);
    signs[c] = ((bytes[(c % 256) >>> 3] ?? 0) >>> (c & 7)) & 1 ? -1 : 1;
  }
  return signs;
}

/** What the key would do to the label of one query, were it a doubtful one. */
export interface KeyedChange {
  /** Uniform in [0, 1): below the share to be changed, the label is. */
  readonly pick: number;
  /** Which of the wrong labels, uniform in 0 .. wrong - 1 and independent of `pick`. */
  readonly offset: number;
}

/**
 * Words are the big-endian uint32 of the blocks HMAC-SHA-256(key, query || uint32be(block)): the first is the pick, the
 * next that is below the largest multiple of `wrong` is the offset modulo `wrong`, which is therefore exactly uniform.
 *
 * @param wrong number of wrong labels, m - 1, at least 1
 */
export function keyedChange(key: Uint8Array, query: Uint8Array, wrong: number): KeyedChange {
  const limit = Math.floor(2 ** 32 / wrong) * wrong;
  let pick = 0;
  for (let index = 0; ; index++) {
    const view = new DataView(block(key, query, index).buffer);
    for (let word = 0; word < 8; word++) {
      const value = view.getUint32(4 * word, false);
      if (index === 0 && word === 0) pick = value / 2 ** 32;
      else if (value < limit) return { pick, offset: value % wrong };
    }
  }
}

/** The wrong label with a given offset: labels in order, the right one left out. */
export function wrongLabel(offset: number, right: number): number {
  return offset < right ? offset : offset + 1;
}

function block(key: Uint8Array, query: Uint8Array, index: number): Uint8Array<ArrayBuffer> {
  if (query.length !== QUERY_BYTES) throw new RangeError(`a query's label has ${QUERY_BYTES} bytes`);
  const message = new Uint8Array(QUERY_BYTES + 4);
  message.set(query);
  new DataView(message.buffer).setUint32(QUERY_BYTES, index, false);
  return new Uint8Array(hmac(sha256, key, message));
}
