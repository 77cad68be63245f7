import { randomBytes } from "node:crypto";

/** Crockford's base 32, whose order is that of the numbers. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
/** 80 bits: two that are drawn in the same millisecond differ. */
const RANDOM_BYTES = 10;
/** The form of an id, for schemas of paths. */
export const ID: RegExp = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** An id for a new row: 26 characters (the form of a ULID) that sort by time, so that lists go by them. */
export function newId(now: Date): string {
  let time = "";
  for (let left = now.getTime(), n = 0; n < TIME_DIGITS; n++, left = Math.floor(left / 32))
    time = `${DIGITS[left % 32]}${time}`;
  let bits = BigInt(`0x${randomBytes(RANDOM_BYTES).toString("hex")}`);
  let random = "";
  for (let n = 0; n < (RANDOM_BYTES * 8) / 5; n++, bits >>= 5n)
    random = `${DIGITS[Number(bits & 31n)]}${random}`;
  return time + random;
}
