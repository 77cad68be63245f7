import { z } from "zod";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { type DrawnLogged, drawnLoggedSchema } from "./logged-schema.js";

/** What was answered to logged queries, sealed. */
export const LOGGED = "logged/logged.json";

const schema: z.ZodType<DrawnLogged | null> = z.preprocess(
  (value) => (isUnnamed(value) ? null : (value ?? undefined)),
  drawnLoggedSchema.nullable(),
);

function isUnnamed(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("groups" in value);
}

/**
 * What of logged.json a trace is drawn from; null for one that does not name its sets, as the first of them.
 *
 * @throws EvidenceError BUNDLE_FILE_MISSING, OBSERVATION_MALFORMED
 */
export function readDrawnLogged(find: (path: string) => Uint8Array | null): DrawnLogged | null {
  const bytes = find(LOGGED);
  if (bytes === null) throw altered("BUNDLE_FILE_MISSING", `the bundle has no "${LOGGED}"`);
  return readDocument(bytes, { name: LOGGED, schema, code: "OBSERVATION_MALFORMED" });
}
