import { createHash } from "node:crypto";

/** An API key as it is handed out, once. */
export interface NewKey {
  /** `indicia_ID_SECRET`; shown once and kept nowhere. */
  readonly token: string;
  /** Public half of the token, by which the key is named ever after. */
  readonly id: string;
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
}

/** Bytes of the public half: enough that a million keys hardly ever share one. */
const ID_BYTES = 6;
/** Bytes of the secret: 256 bits, so that a plain hash of it cannot be searched. */
const SECRET_BYTES = 32;
const TOKEN = /^indicia_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
/** How a token begins; other bearer tokens do not. */
export const KEY_PREFIX = "indicia_";

/**
 * Draw an API key.
 *
 * @param random gives that many random bytes, for cryptography
 */
export function newKey(random: (bytes: number) => Uint8Array): NewKey {
  const id = Buffer.from(random(ID_BYTES)).toString("hex");
  const token = `${KEY_PREFIX}${id}_${Buffer.from(random(SECRET_BYTES)).toString("base64url")}`;
  return { token, id, sha256: hashOf(token).toString("hex") };
}

/** The public half of a token, or null for what has not the form of one. */
export function keyIdOf(token: string): string | null {
  return TOKEN.exec(token)?.[1] ?? null;
}

/** What is stored of a token: its SHA-256, 32 bytes. */
export function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
