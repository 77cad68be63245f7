import { randomBytes } from "node:crypto";

/** Crockford's base 32, without letters that look like digits. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/**
 * A name for a row: 48 bits of time, then 80 random ones, 26 digits in all (https://github.com/ulid/spec). Later ones sort
 * after earlier ones, and nobody guesses them.
 */
export function newId(now: Date): string {
  let time = now.getTime();
  let digits = "";
  for (let i = 0; i < TIME_DIGITS; i++) {
    digits = `${DIGITS.charAt(time % 32)}${digits}`;
    time = Math.floor(time / 32);
  }
  for (const byte of randomBytes(RANDOM_DIGITS)) digits += DIGITS.charAt(byte % 32);
  return digits;
}
