import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { apiKeyId, hashOfSecret, newApiKey, newSecretWord } from "@indicia/service/secret-word";

/** How an API key begins; other bearer tokens do not. */
const KEY_PREFIX = "ivk_";

/** A secret word, 43 characters: for sessions and tickets. */
export function newToken(): string {
  return newSecretWord(randomBytes);
}

/** An API key as it is handed out, once: `ivk_ID_SECRET`. */
export function newKey(): string {
  return newApiKey(KEY_PREFIX, randomBytes).token;
}

/** The public half of an API key, or null for what has not the form of one. */
export function prefixOf(key: string): string | null {
  const id = apiKeyId(KEY_PREFIX, key);
  return id === null ? null : KEY_PREFIX + id;
}

/** What is stored of a secret word: its SHA-256, hex. */
export function hashOf(token: string): string {
  return hashOfSecret(token).toString("hex");
}

/**
 * What a page shows with every change, to prove that it is ours: made of the session's token, which no other page and no
 * script can read.
 */
export function csrfOf(token: string): string {
  return createHash("sha256").update(`csrf/${token}`).digest("base64url");
}

/** Compare without telling by the time how much of it is right. */
export function sameWord(shown: string, expected: string): boolean {
  const [a, b] = [shown, expected].map(hashOfSecret);
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
