import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { fromBER } from "asn1js";
import { type PublicKeyInfo, RSAPublicKey } from "pkijs";
import { verifyRsa } from "./rsa-verify.js";

type Hash = (bytes: Uint8Array) => Uint8Array;

/** Digests that are still taken, by object identifier. SHA-1 and older ones are not. */
const DIGESTS: ReadonlyMap<string, Hash> = new Map<string, Hash>([
  ["2.16.840.1.101.3.4.2.1", (bytes) => sha256(bytes)],
  ["2.16.840.1.101.3.4.2.2", (bytes) => sha384(bytes)],
  ["2.16.840.1.101.3.4.2.3", (bytes) => sha512(bytes)],
]);

const RSA = "1.2.840.113549.1.1.1";
const EC = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";

/** Signature algorithms that name their digest (RFC 8017, RFC 5758): the key they need, and the digest. */
const COMBINED: ReadonlyMap<string, readonly [key: string, digest: string]> = new Map([
  ["1.2.840.113549.1.1.11", [RSA, "2.16.840.1.101.3.4.2.1"]],
  ["1.2.840.113549.1.1.12", [RSA, "2.16.840.1.101.3.4.2.2"]],
  ["1.2.840.113549.1.1.13", [RSA, "2.16.840.1.101.3.4.2.3"]],
  ["1.2.840.10045.4.3.2", [EC, "2.16.840.1.101.3.4.2.1"]],
  ["1.2.840.10045.4.3.3", [EC, "2.16.840.1.101.3.4.2.2"]],
  ["1.2.840.10045.4.3.4", [EC, "2.16.840.1.101.3.4.2.3"]],
]);

const CURVES: ReadonlyMap<string, typeof p256> = new Map([
  ["1.2.840.10045.3.1.7", p256],
  ["1.3.132.0.34", p384],
  ["1.3.132.0.35", p521],
]);

/** Digest of an algorithm by its object identifier, or null for one that is not taken. */
export function digestOf(oid: string): Hash | null {
  return DIGESTS.get(oid) ?? null;
}

export interface SignedBytes {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  /** Object identifier of the signature's algorithm. */
  readonly algorithm: string;
  /** Digest where the algorithm does not name one (a CMS signature by plain `rsaEncryption`). */
  readonly digest?: string;
}

/**
 * Check a signature of X.509 or CMS: RSA with PKCS #1 v1.5, ECDSA over P-256, P-384 or P-521, Ed25519.
 *
 * @returns null for an algorithm that is not taken
 */
export function verifyX509Signature(signed: SignedBytes, key: PublicKeyInfo): boolean | null {
  const kind = key.algorithm.algorithmId;
  if (signed.algorithm === ED25519) {
    if (kind !== ED25519) return null;
    return attempt(() => ed25519.verify(signed.signature, signed.bytes, keyBytes(key), { zip215: false }));
  }
  const named = COMBINED.get(signed.algorithm);
  const [needed, oid] = named ?? [signed.algorithm, signed.digest ?? ""];
  const digest = DIGESTS.get(oid);
  if (digest === undefined || needed !== kind) return null;
  const hashed = digest(signed.bytes);
  if (kind === RSA) return attempt(() => verifyRsa(signed.signature, hashed, rsaKey(key)));
  const curve = kind === EC ? CURVES.get(curveOf(key)) : undefined;
  if (curve === undefined) return null;
  const form = { prehash: false, lowS: false, format: "der" } as const;
  return attempt(() => curve.verify(signed.signature, hashed, keyBytes(key), form));
}

function keyBytes(key: PublicKeyInfo): Uint8Array {
  return key.subjectPublicKey.valueBlock.valueHexView;
}

function rsaKey(key: PublicKeyInfo): { modulus: Uint8Array; exponent: Uint8Array } {
  const { modulus, publicExponent } = new RSAPublicKey({ schema: fromBER(keyBytes(key)).result });
  return { modulus: modulus.valueBlock.valueHexView, exponent: publicExponent.valueBlock.valueHexView };
}

function curveOf(key: PublicKeyInfo): string {
  const parameters: unknown = key.algorithm.algorithmParams;
  if (typeof parameters !== "object" || parameters === null || !("valueBlock" in parameters)) return "";
  return "getValue" in parameters && typeof parameters.getValue === "function"
    ? String(parameters.getValue())
    : "";
}

/** A key or signature that cannot be read verifies nothing. */
function attempt(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}
