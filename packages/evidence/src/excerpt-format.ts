import { z } from "zod";
import { DOSSIER_PATHS } from "./dossier.js";
import { KEY_PATHS } from "./signer-keys.js";
import { PATHS } from "./verify-context.js";
import { hex32 } from "./scalars.js";

/** Where everything lies in an excerpt; what a bundle has too lies where it lies there. */
export const EXCERPT_PATHS: Readonly<
  Record<
    "excerpt" | "lines" | "registration" | "observation" | "statement" | "binding" | "ed25519" | "p256",
    string
  >
> = {
  excerpt: "excerpt.json",
  lines: "observation/excerpt.jsonl",
  registration: PATHS.registration,
  observation: PATHS.observation,
  statement: DOSSIER_PATHS.envelope,
  binding: KEY_PATHS.binding,
  ed25519: KEY_PATHS.ed25519,
  p256: KEY_PATHS.p256,
};

/** excerpt.json: how each disclosed line leads to the root that the sealed observation names. */
export interface ExcerptFile {
  readonly version: 1;
  readonly kind: "indicia excerpt";
  /** Lines of the whole transcript, and the Merkle tree hash over them (RFC 9162), hex. */
  readonly transcript: { readonly entries: number; readonly root: string };
  /** One for each line of excerpt.jsonl, in its order, which is that of the transcript. */
  readonly lines: {
    /** Place in the transcript, from 0. */
    readonly index: number;
    /** Audit path from the leaf upwards (RFC 9162, section 2.1.3.1), hex. */
    readonly proof: string[];
  }[];
}

/** Longest audit path of a tree of 2^53 leaves. */
const MAX_PROOF = 53;
/** Most lines that are disclosed one by one; whoever discloses more gives the bundle. */
export const MAX_EXCERPT_LINES = 100_000;

const count: z.ZodType<number> = z.int().min(0);

export const excerptSchema: z.ZodType<ExcerptFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia excerpt"),
  transcript: z.strictObject({ entries: count, root: hex32 }),
  lines: z
    .array(z.strictObject({ index: count, proof: z.array(hex32).max(MAX_PROOF) }))
    .min(1)
    .max(MAX_EXCERPT_LINES),
});
