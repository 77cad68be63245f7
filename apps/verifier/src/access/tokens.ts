import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 bits, so that nobody guesses one and a plain hash of it cannot be searched. */
const SECRET_BYTES = 32;
/** Bytes of the public half of an API key: enough that a million keys hardly ever share one. */
const ID_BYTES = 6;
/** How an API key begins; other bearer tokens do not. */
const KEY = /^(ivk_[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** A secret word, 43 characters: for sessions and tickets. */
export function newToken(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** An API key as it is handed out, once: `ivk_ID_SECRET`. */
export function newKey(): string {
  return `ivk_${randomBytes(ID_BYTES).toString("hex")}_${newToken()}`;
}

/** The public half of an API key, or null for what has not the form of one. */
export function prefixOf(key: string): string | null {
  return KEY.exec(key)?.[1] ?? null;
}

/** What is stored of a secret word: its SHA-256, hex. */
export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
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
  const [a, b] = [shown, expected].map((word) => createHash("sha256").update(word).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
