import { z } from "zod";
import { MAX_SHADOWS, MIN_SHADOWS } from "./registration-format.js";
import { hex32 } from "./scalars.js";

/** Longest text of a manifest. */
const MAX_TEXT = 1000;
const text: z.ZodType<string> = z.string().max(MAX_TEXT);
const count: z.ZodType<number> = z.int().min(0);

/** One student that the owner distilled from the unmarked reference. */
export interface ShadowEntry {
  /** File name beside the manifest. */
  readonly file: string;
  readonly sha256: string;
  readonly architecture: string;
  readonly seed: number | string;
  readonly epochs: number;
  /** Share of inputs on which it gives the reference's label. */
  readonly agreement: number;
}

/** shadows.json of a folder of shadow models. */
export interface ShadowManifest {
  readonly version: 1;
  readonly kind: "indicia shadows";
  /** SHA-256 of the reference's file. */
  readonly reference: string;
  /** What the students were shown. */
  readonly inputs: { readonly rows: number; readonly sha256: string; readonly random: boolean };
  readonly models: ShadowEntry[];
}

export const shadowManifestSchema: z.ZodType<ShadowManifest> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia shadows"),
  reference: hex32,
  inputs: z.strictObject({ rows: count, sha256: hex32, random: z.boolean() }),
  models: z
    .array(
      z.strictObject({
        file: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}\.onnx$/),
        sha256: hex32,
        architecture: text,
        seed: z.union([z.number(), text]),
        epochs: z.number().min(0),
        agreement: z.number().min(0).max(1),
      }),
    )
    .min(MIN_SHADOWS)
    .max(MAX_SHADOWS),
});
