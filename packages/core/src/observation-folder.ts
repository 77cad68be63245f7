import { mkdir } from "node:fs/promises";
import path from "node:path";
import { canonicalBytes, parseCanonical, sha256Hex } from "@indicia/evidence/canonical";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { writeDurably } from "@indicia/evidence/durable-file";
import { observationSchema } from "@indicia/evidence/observation-format";
import { requireObserver } from "@indicia/evidence/observer";
import { CoreError } from "./error.js";
import { readFolderFile } from "./folder.js";
import type { SealedObservation } from "./observation.js";

/** Names of the fixed files of an observation folder. */
export const OBSERVATION_FILES = {
  observation: "observation.json",
  seal: "seal.json",
  transcript: "transcript.jsonl",
  observer: "observer.json",
} as const;

/**
 * Write a sealed observation beside its transcript. The seal is written last: a folder without one was interrupted.
 */
export async function writeObservation(folder: string, observation: SealedObservation): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of observation.files) await writeDurably(path.join(folder, name), bytes);
  await writeDurably(path.join(folder, OBSERVATION_FILES.observation), canonicalBytes(observation.file));
  await writeDurably(path.join(folder, OBSERVATION_FILES.seal), sealFile(observation));
}

/** seal.json of an observation. */
export function sealFile(observation: SealedObservation): Uint8Array {
  return canonicalBytes({
    version: 1,
    observation: observation.seal,
    transcript: observation.file.transcript,
  });
}

/**
 * Read an observation and hold every file against its hash.
 *
 * @throws CoreError OBSERVATION_INVALID, EvidenceError OBSERVER_MALFORMED, OBSERVER_SIGNATURE
 */
export async function readObservation(folder: string): Promise<SealedObservation> {
  const bytes = await readFolderFile(folder, OBSERVATION_FILES.observation);
  const seal = await readFolderFile(folder, OBSERVATION_FILES.seal);
  if (bytes === null || seal === null) throw invalid(`"${folder}" holds no sealed observation`);
  const parsed = observationSchema.safeParse(parseCanonical(bytes));
  if (!parsed.success)
    throw invalid(`observation.json is malformed: ${parsed.error.issues[0]?.message ?? "unknown"}`);
  const files = new Map<string, Uint8Array>();
  for (const [name, hash] of Object.entries(parsed.data.files)) {
    const content = await readFolderFile(folder, name);
    if (content === null || sha256Hex(content, nativeSha256) !== hash)
      throw invalid(`"${name}" is missing or was changed`);
    files.set(name, content);
  }
  const observation = { file: parsed.data, seal: sha256Hex(bytes, nativeSha256), files };
  if (sha256Hex(sealFile(observation), nativeSha256) !== sha256Hex(seal, nativeSha256))
    throw invalid("the seal does not fit observation.json");
  requireObserver(parsed.data, observation.seal, await readFolderFile(folder, OBSERVATION_FILES.observer));
  return observation;
}

function invalid(message: string): CoreError {
  return new CoreError(
    "OBSERVATION_INVALID",
    message,
    "Observe the suspect again, or restore the folder from a backup.",
  );
}
