import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { ObservationFile } from "@indicia/evidence/observation-format";

/** What an observation consists of before it is sealed; hashes of files are added by sealing. */
export type ObservationDraft = Omit<ObservationFile, "version" | "kind" | "files">;

/** A sealed observation: nothing in it may change once the key is opened. */
export interface SealedObservation {
  readonly file: ObservationFile;
  /** SHA-256 of the canonical observation.json, hex. */
  readonly seal: string;
  /** Every other file, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Fix an observation by the hash of all it contains. */
export function sealObservation(
  draft: ObservationDraft,
  files: ReadonlyMap<string, Uint8Array>,
): SealedObservation {
  const hashes: Record<string, string> = {};
  for (const [name, bytes] of files) hashes[name] = sha256Hex(bytes, nativeSha256);
  const file: ObservationFile = { version: 1, kind: "indicia observation", ...draft, files: hashes };
  return { file, seal: sha256Hex(canonicalBytes(file), nativeSha256), files };
}
