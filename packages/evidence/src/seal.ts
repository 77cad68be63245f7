import { z } from "zod";
import { canonicalBytes } from "./canonical.js";
import { hex32 } from "./scalars.js";

/** seal.json: what an observation was before the key was opened. */
export interface SealFile {
  readonly version: 1;
  /** SHA-256 of the canonical observation.json, hex. */
  readonly observation: string;
  /** What the transcript held: number of lines, and Merkle tree hash over them (RFC 9162), hex. */
  readonly transcript: { readonly entries: number; readonly root: string } | null;
}

export const sealSchema: z.ZodType<SealFile> = z.strictObject({
  version: z.literal(1),
  observation: hex32,
  transcript: z.strictObject({ entries: z.int().min(0), root: hex32 }).nullable(),
});

/** Canonical bytes of seal.json. */
export function sealBytes(seal: Omit<SealFile, "version">): Uint8Array {
  const file: SealFile = { version: 1, ...seal };
  return canonicalBytes(file);
}
