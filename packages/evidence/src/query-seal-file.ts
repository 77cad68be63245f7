import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { fromBase64, toBase64 } from "./base64.js";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import { type ChainFields, placeText } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import type { SealedEntry, SealLine, UnsealLine } from "./query-lines.js";
import type { SegmentSealing } from "./query-segment.js";

/** AES-256-GCM (NIST SP 800-38D): nonce and tag in bytes. */
const NONCE = 12;
const TAG = 16;
const KEY = 32;
/** A call for random numbers costs as much for one nonce as for all of these. */
const NONCES_AT_ONCE = 256;

/**
 * Where the keys of a log's segments come from. Under a sub-key whoever holds it writes and reads; a key that is wrapped
 * for others can be written under by a gateway that cannot read it again.
 */
export type LogSealing =
  | { readonly kind: "sub-key"; readonly key: Uint8Array }
  | {
      readonly kind: "wrapped";
      readonly wrap: (key: Uint8Array) => Promise<Uint8Array>;
      readonly unwrap: Unwrap | null;
    };

/** The key of a segment from how it was wrapped; null where no identity opens it. */
export type Unwrap = (wrapped: Uint8Array) => Promise<Uint8Array | null>;

/** What opens the segments of a log. */
export interface LogKeys {
  /** 32 bytes, or null. */
  readonly subKey: Uint8Array | null;
  readonly unwrap: Unwrap | null;
}

/** The key under which a gateway's own log lies, from the gateway sub-key. Says nothing of any carrier. */
export function queryLogKey(gatewaySeed: Uint8Array): Uint8Array {
  return derived(gatewaySeed, "query-log");
}

/** A key for a new segment, and how its begin names it. */
export async function newSegmentKey(
  sealing: LogSealing,
): Promise<{ readonly key: Uint8Array; readonly named: SegmentSealing }> {
  if (sealing.kind === "sub-key") {
    const salt = randomBytes(KEY);
    return { key: saltedKey(sealing.key, salt), named: { scheme: "sub-key", salt: bytesToHex(salt) } };
  }
  const key = randomBytes(KEY);
  return { key, named: { scheme: "wrapped", key: toBase64(await sealing.wrap(key)) } };
}

/** The key of a segment; null where none of these keys opens it. */
export async function segmentKey(named: SegmentSealing, keys: LogKeys): Promise<Uint8Array | null> {
  if (named.scheme === "sub-key")
    return keys.subKey === null ? null : saltedKey(keys.subKey, hexToBytes(named.salt));
  return keys.unwrap === null ? null : await keys.unwrap(fromBase64(named.key));
}

/**
 * Key of one line of a segment: to disclose it discloses nothing else.
 *
 * HKDF-Expand of 32 bytes (RFC 5869, section 2.3), of which there is one for every line: the segment's key is random enough
 * to be the pseudo-random key itself (section 3.3).
 */
export function recordKey(key: Uint8Array | KeyObject, index: number): Uint8Array {
  return createHmac("sha256", key).update(`indicia/1/query-log/record/${index}\u0001`).digest();
}

/** Seals the lines of a segment under its key, each under a key of its own and bound to its place in the chain. */
export function lineSealer(key: Uint8Array): SealLine {
  const held = createSecretKey(key);
  const nextNonce = nonces();
  return (line) => {
    const own = recordKey(held, line.index);
    const plain = canonicalBytes(line.body);
    // A line that was torn and written again has the same key: the nonce has to differ.
    const nonce = nextNonce();
    const cipher = createCipheriv("aes-256-gcm", own, nonce).setAAD(placeOf(line));
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { commit: commitment(own, plain), sealed: sealed.toString("base64") };
  };
}

/** Random numbers, fetched for many nonces at once. */
function nonces(): () => Uint8Array {
  let pool = randomBytes(0);
  return () => {
    if (pool.length < NONCE) pool = randomBytes(NONCE * NONCES_AT_ONCE);
    const nonce = pool.subarray(0, NONCE);
    pool = pool.subarray(NONCE);
    return nonce;
  };
}

/** Opens the lines of a segment. */
export function lineUnsealer(key: Uint8Array): UnsealLine {
  return (line, sealed) => unsealWith(recordKey(key, line.index), line, sealed);
}

/**
 * Open one line with its own key.
 *
 * @throws EvidenceError QUERY_LOG_UNSEALABLE: another key, or something was changed
 */
export function unsealWith(own: Uint8Array, line: ChainFields, { sealed, commit }: SealedEntry): unknown {
  const plain = opened(own, line, fromBase64(sealed));
  if (plain === null)
    throw new EvidenceError(
      "QUERY_LOG_UNSEALABLE",
      `this key does not open line ${line.index} of the query log`,
      "Give the key under which this log was written.",
    );
  if (commitment(own, plain) !== commit)
    throw altered("QUERY_LOG_LINE_CHANGED", `line ${line.index} of the query log commits to something else`);
  return parseCanonical(plain);
}

function opened(own: Uint8Array, line: ChainFields, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < NONCE + TAG) return null;
  const decipher = createDecipheriv("aes-256-gcm", own, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(placeOf(line)).setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
  } catch {
    return null;
  }
}

function placeOf(line: ChainFields): Uint8Array {
  return Buffer.from(`{${placeText(line)}}`);
}

/** AES-GCM does not commit to its key: of one ciphertext two keys can make two texts. This does. */
function commitment(own: Uint8Array, plain: Uint8Array): string {
  return createHash("sha256").update(own).update(plain).digest("hex");
}

function saltedKey(key: Uint8Array, salt: Uint8Array): Uint8Array {
  return derived(key, "query-log/segment", salt);
}

/** HKDF-SHA-256 (RFC 5869) with a named purpose. */
function derived(key: Uint8Array, purpose: string, salt: Uint8Array = new Uint8Array(0)): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, `indicia/1/${purpose}`, KEY));
}
