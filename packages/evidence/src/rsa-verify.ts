import { bytesToHex } from "@noble/hashes/utils.js";

/** Moduli accepted, in bits: shorter ones can be factored, longer ones only waste time. */
const MIN_BITS = 2048;
const MAX_BITS = 8192;
/** Largest public exponent; every authority uses 65537. */
const MAX_EXPONENT: bigint = 2n ** 32n;

/** What stands before a digest in its DigestInfo (RFC 8017, section 9.2, note 1), by length of the digest in bytes. */
const DIGEST_INFO: ReadonlyMap<number, string> = new Map([
  [32, "3031300d060960864801650304020105000420"],
  [48, "3041300d060960864801650304020205000430"],
  [64, "3051300d060960864801650304020305000440"],
]);

/** An RSA public key, big-endian. */
export interface RsaPublicKey {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

/**
 * RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2): the one encoding that a signature may have is made and compared whole,
 * so that nothing in it is parsed.
 *
 * @param digest SHA-256, SHA-384 or SHA-512 of what was signed
 */
export function verifyRsa(signature: Uint8Array, digest: Uint8Array, key: RsaPublicKey): boolean {
  const n = toBigInt(key.modulus);
  const e = toBigInt(key.exponent);
  const bits = n.toString(2).length;
  const length = Math.ceil(bits / 8);
  const info = DIGEST_INFO.get(digest.length);
  if (bits < MIN_BITS || bits > MAX_BITS || e < 3n || e > MAX_EXPONENT || info === undefined) return false;
  const s = toBigInt(signature);
  if (signature.length !== length || s >= n) return false;
  const tail = `00${info}${bytesToHex(digest)}`;
  const expected = `0001${"ff".repeat(length - 2 - tail.length / 2)}${tail}`;
  return (
    power(s, e, n)
      .toString(16)
      .padStart(2 * length, "0") === expected
  );
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}
