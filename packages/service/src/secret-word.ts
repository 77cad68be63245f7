import { createHash } from "node:crypto";

/** 256 bits, so that nobody guesses one and a plain hash of it cannot be searched. */
const SECRET_BYTES = 32;
/** Bytes of the public half of an API key: enough that a million keys hardly ever share one. */
const ID_BYTES = 6;
const KEY = /^([a-z]+_)([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** Gives that many random bytes, for cryptography. */
export type RandomBytes = (bytes: number) => Uint8Array;

/** A secret word, 43 characters of base64url. */
export function newSecretWord(random: RandomBytes): string {
  return Buffer.from(random(SECRET_BYTES)).toString("base64url");
}

/** Draw an API key, `PREFIXid_SECRET`, of which the id is public. @param prefix lower-case letters and an underscore */
export function newApiKey(
  prefix: string,
  random: RandomBytes,
): { readonly id: string; readonly token: string } {
  const id = Buffer.from(random(ID_BYTES)).toString("hex");
  return { id, token: `${prefix}${id}_${newSecretWord(random)}` };
}

/** The public half of an API key, or null for what has not the form of one with this prefix. */
export function apiKeyId(prefix: string, token: string): string | null {
  const [, before, id] = KEY.exec(token) ?? [];
  return before === prefix && id !== undefined ? id : null;
}

/** What is stored of a secret word: its SHA-256, 32 bytes. */
export function hashOfSecret(word: string): Buffer {
  return createHash("sha256").update(word).digest();
}
