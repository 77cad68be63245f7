import { z } from "zod";
import { VerifierError } from "../error.js";
import type { Hashed } from "./archive-file.js";

export const MANIFEST = "manifest.json";
export const FORMAT = "indicia-verifier-backup/1";

/** The last entry of a backup: what the others have to be. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly created: string;
  /** Rows of each table, in the order in which they go back. */
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly entries: readonly Hashed[];
}

const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  format: z.literal(FORMAT),
  created: z.iso.datetime(),
  tables: z.array(z.strictObject({ table: z.string().regex(/^[a-z_0-9]+$/), rows: z.number().int().min(0) })),
  entries: z.array(
    z.strictObject({
      name: z.string(),
      bytes: z.number().int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/**
 * Read a manifest, and hold what was found in the archive against it.
 *
 * @throws VerifierError DATA_INVALID
 */
export function checkManifest(text: string, found: readonly Hashed[]): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw invalid("its manifest is none of this version");
  const expected = new Map(parsed.data.entries.map((entry) => [entry.name, entry]));
  for (const { name, bytes, sha256 } of found) {
    const entry = expected.get(name);
    if (entry === undefined) throw invalid(`${name} is not in its manifest, or there twice`);
    if (entry.bytes !== bytes || entry.sha256 !== sha256) throw invalid(`${name} was changed`);
    expected.delete(name);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw invalid(`${missing} is missing`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function invalid(what: string): VerifierError {
  return new VerifierError(
    "DATA_INVALID",
    `this is no backup that can be trusted: ${what}`,
    "Take another one.",
  );
}
