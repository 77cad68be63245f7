import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { VerifierError } from "../error.js";
import type { SecretBox } from "../services.js";

/** Bytes of a master key. */
export const KEY_BYTES = 32;
const VERSION = 1;
const KEY_ID_BYTES = 8;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES: number = 1 + KEY_ID_BYTES + SALT_BYTES + NONCE_BYTES;

/**
 * Seal with AES-256-GCM (NIST SP 800-38D) under a key that HKDF (RFC 5869) draws from the master key and a salt of its
 * own, so that no number of seals wears a key out. The purpose is authenticated: what is sealed for one does not open for
 * another. Layout: version (1), id of the master key (8), salt (16), nonce (12), ciphertext, tag (16).
 *
 * @param keys master keys, 32 bytes each: the first seals, all of them open
 */
export function createSecretBox(keys: readonly [Uint8Array, ...Uint8Array[]]): SecretBox {
  const known = new Map(keys.map((key) => [keyId(key), key]));
  const [current] = keys;
  return {
    async seal(purpose, secret) {
      const salt = randomBytes(SALT_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([Buffer.of(VERSION), Buffer.from(keyId(current), "hex"), salt, nonce]);
      const cipher = createCipheriv("aes-256-gcm", sealingKey(current, salt), nonce);
      cipher.setAAD(named(head, purpose));
      const sealed = Buffer.concat([head, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return new Uint8Array(sealed);
    },
    async open(purpose, sealed) {
      const bytes = Buffer.from(sealed);
      if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== VERSION) throw cannotOpen();
      const head = bytes.subarray(0, HEAD_BYTES);
      const key = known.get(head.subarray(1, 1 + KEY_ID_BYTES).toString("hex"));
      if (key === undefined) throw cannotOpen();
      const salt = head.subarray(1 + KEY_ID_BYTES, HEAD_BYTES - NONCE_BYTES);
      const nonce = head.subarray(HEAD_BYTES - NONCE_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", sealingKey(key, salt), nonce);
      decipher.setAAD(named(head, purpose));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const opened = [decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()];
        return new Uint8Array(Buffer.concat(opened));
      } catch (cause) {
        throw cannotOpen(cause);
      }
    },
  };
}

function keyId(key: Uint8Array): string {
  const hash = createHash("sha256").update("indicia/verifier/key-id/").update(key);
  return hash.digest("hex").slice(0, 2 * KEY_ID_BYTES);
}

function sealingKey(key: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, "indicia/verifier/seal/1", KEY_BYTES));
}

function named(head: Uint8Array, purpose: string): Uint8Array {
  return Buffer.concat([head, Buffer.from(purpose, "utf8")]);
}

function cannotOpen(cause?: unknown): VerifierError {
  return new VerifierError(
    "DATA_INVALID",
    "a sealed secret does not open",
    "Start the service with the secret key that it was sealed under; if it was changed, restore a backup.",
    { cause },
  );
}
