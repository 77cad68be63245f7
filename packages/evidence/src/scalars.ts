import { z } from "zod";

/** SHA-256 or key bytes, 64 lower-case hex digits. */
export const hex32: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
/** A whole number from 0. */
export const count: z.ZodType<number> = z.int().min(0);
/** Most entries of any list in these files: far above real use, far below what would exhaust memory. */
export const MAX_LIST = 100_000;
/** Longest text in these files. */
const MAX_TEXT = 4096;
/** A text of usual length. */
export const text: z.ZodType<string> = z.string().max(MAX_TEXT);
