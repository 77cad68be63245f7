import { apiKeyId, hashOfSecret, newApiKey, type RandomBytes } from "@indicia/service/secret-word";

/** An API key as it is handed out, once. */
export interface NewKey {
  /** `indicia_ID_SECRET`; shown once and kept nowhere. */
  readonly token: string;
  /** Public half of the token, by which the key is named ever after. */
  readonly id: string;
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
}

/** How a token begins; other bearer tokens do not. */
export const KEY_PREFIX = "indicia_";

/** Draw an API key. */
export function newKey(random: RandomBytes): NewKey {
  const { token, id } = newApiKey(KEY_PREFIX, random);
  return { token, id, sha256: hashOfSecret(token).toString("hex") };
}

/** The public half of a token, or null for what has not the form of one. */
export function keyIdOf(token: string): string | null {
  return apiKeyId(KEY_PREFIX, token);
}
