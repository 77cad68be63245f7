import { parseCanonical } from "@indicia/evidence/canonical";
import { type ConclusionFile, conclusionSchema } from "@indicia/evidence/conclusion-format";
import { DOSSIER_PATHS } from "@indicia/evidence/dossier";
import { statedDecoysSchema } from "@indicia/evidence/statistics";
import { readZip, unpackEntry } from "@indicia/evidence/zip-read";

/** What findings are shown from. */
export interface EvidenceParts {
  readonly conclusion: ConclusionFile;
  /** How many decoy keys gave which T; null where nothing could be tested. */
  readonly decoys: readonly number[] | null;
}

/**
 * What findings are shown from, out of evidence that was made here or verified.
 *
 * @throws EvidenceError where it is no bundle
 */
export function evidenceParts(bundle: Uint8Array): EvidenceParts {
  const entries = readZip(bundle);
  const json = (name: string): unknown => {
    const entry = entries.find((each) => each.name === name);
    return entry === undefined ? null : parseCanonical(unpackEntry(entry));
  };
  const { decoys } = statedDecoysSchema.parse(json(DOSSIER_PATHS.statistics));
  return { conclusion: conclusionSchema.parse(json("conclusion.json")), decoys: decoys?.counts ?? null };
}
