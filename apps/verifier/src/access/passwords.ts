import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** What stretching costs: 32 MiB and three rounds, one of the settings of OWASP's Password Storage Cheat Sheet. */
export const COST: PasswordCost = { logN: 15, r: 8, p: 3 };
/** Shortest and longest password (NIST SP 800-63B-4, section 3.1.1.2, asks for 15 where there is no second factor). */
export const MIN_PASSWORD = 15;
export const MAX_PASSWORD = 256;

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const STORED = /^scrypt\$(\d{1,2}),(\d{1,2}),(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;
/** Stands where a user has no password, and fits none. */
export const NO_PASSWORD = "none";

/** Parameters of scrypt (RFC 7914, section 2), N as its binary logarithm. */
export interface PasswordCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** What is stored of a password: `scrypt$logN,r,p$salt$hash`. */
export async function storePassword(password: string, cost: PasswordCost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await stretch(password, salt, cost);
  const { logN, r, p } = cost;
  return `scrypt$${logN},${r},${p}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

/**
 * Whether a password is the one that was stored.
 *
 * @param stored null where there is no such user: this takes as long as a wrong password does
 */
export async function fitsPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = STORED.exec(stored ?? "");
  const [, logN, r, p, salt, hash] = parts ?? [];
  if (salt === undefined || hash === undefined) {
    await stretch(password, Buffer.alloc(SALT_BYTES), COST);
    return false;
  }
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const shown = await stretch(password, Buffer.from(salt, "base64url"), cost);
  return timingSafeEqual(shown, Buffer.from(hash, "base64url"));
}

function stretch(password: string, salt: Uint8Array, { logN, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** logN;
  // Passwords that look the same are the same, whichever keyboard they come from.
  const text = password.normalize("NFKC");
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}
