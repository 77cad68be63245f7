import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { canonicalBytes } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { ed25519Pem, p256Pem, p256PublicKey } from "./p256.js";
import { publicKey, sign, verifySignature } from "./sign.js";
import { hex32 } from "./scalars.js";

/** Seeds of the two keys of a signer, 32 bytes each. */
export interface SignerSeeds {
  readonly ed25519: Uint8Array;
  readonly p256: Uint8Array;
}

/** Type under which an Ed25519 key vouches for a P-256 key. */
const BINDING_TYPE = "application/vnd.indicia.p256-key; version=1";

/** keys/binding.json: the registered Ed25519 key says which P-256 key is the same signer's. */
export interface KeyBinding {
  readonly version: 1;
  readonly kind: "indicia key binding";
  /** Ed25519 public key, 64 hex digits; the signer of the registration. */
  readonly ed25519: string;
  /** P-256 public key, uncompressed point, 130 hex digits. */
  readonly p256: string;
  /** Ed25519 over the DSSE pre-authentication encoding of the type and the 65 bytes of the point, 128 hex digits. */
  readonly signature: string;
}

export const keyBindingSchema: z.ZodType<KeyBinding> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia key binding"),
  ed25519: hex32,
  p256: z.string().regex(/^04[0-9a-f]{128}$/),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

/** Files of a signer's public keys, by path in a bundle. */
export function keyFiles(seeds: SignerSeeds): Map<string, Uint8Array> {
  return new Map([
    [KEY_PATHS.binding, canonicalBytes(keyBinding(seeds))],
    [KEY_PATHS.ed25519, utf8ToBytes(ed25519Pem(publicKey(seeds.ed25519)))],
    [KEY_PATHS.p256, utf8ToBytes(p256Pem(p256PublicKey(seeds.p256)))],
  ]);
}

/** The word of the Ed25519 key for the P-256 key. */
export function keyBinding(seeds: SignerSeeds): KeyBinding {
  const point = p256PublicKey(seeds.p256);
  return {
    version: 1,
    kind: "indicia key binding",
    ed25519: bytesToHex(publicKey(seeds.ed25519)),
    p256: bytesToHex(point),
    signature: bytesToHex(sign(seeds.ed25519, { type: BINDING_TYPE, payload: point })),
  };
}

/**
 * The P-256 key for which the Ed25519 key of a binding vouches: uncompressed point, 65 bytes.
 *
 * @param signer Ed25519 public key that has to be the one that vouches, hex
 * @throws EvidenceError KEYS_DIFFER
 */
export function pointOf(binding: KeyBinding, signer: string): Uint8Array {
  const point = hexToBytes(binding.p256);
  const signed = { type: BINDING_TYPE, payload: point };
  const good = verifySignature(hexToBytes(binding.signature), signed, hexToBytes(signer));
  if (binding.ed25519 === signer && good) return point;
  throw altered("KEYS_DIFFER", "the registered key does not vouch for the P-256 key");
}

/** Where the keys of a bundle's signer lie. */
export const KEY_PATHS = {
  binding: "keys/binding.json",
  ed25519: "keys/ed25519.pem",
  p256: "keys/p256.pem",
} as const;

/**
 * The P-256 key that the registered key vouches for.
 *
 * @param find a file of the bundle by its path
 * @param signer Ed25519 public key of the registration, hex
 * @returns uncompressed point, 65 bytes
 * @throws EvidenceError KEYS_DIFFER
 */
export function boundKey(find: (path: string) => Uint8Array | null, signer: string): Uint8Array {
  const bytes = find(KEY_PATHS.binding);
  if (bytes === null) throw altered("KEYS_DIFFER", `the bundle has no "${KEY_PATHS.binding}"`);
  const binding = readDocument(bytes, {
    name: KEY_PATHS.binding,
    schema: keyBindingSchema,
    code: "KEYS_DIFFER",
  });
  const point = pointOf(binding, signer);
  const texts = [
    [KEY_PATHS.ed25519, ed25519Pem(hexToBytes(signer))],
    [KEY_PATHS.p256, p256Pem(point)],
  ] as const;
  for (const [path, text] of texts) {
    const found = find(path);
    if (found === null || new TextDecoder().decode(found) !== text)
      throw altered("KEYS_DIFFER", `"${path}" is not the key that binding.json names`);
  }
  return point;
}
