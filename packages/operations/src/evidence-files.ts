import { readFile } from "node:fs/promises";
import path from "node:path";
import type { SealedObservation } from "@indicia/core/observation";
import { OBSERVATION_FILES, sealFile } from "@indicia/core/observation-folder";
import { observedPlanFiles } from "@indicia/core/plan-folder";
import type { Registration } from "@indicia/core/registration";
import { REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { anchorFileNames } from "@indicia/evidence/anchor";
import { canonicalBytes } from "@indicia/evidence/canonical";
import { PLAN_FOLDER } from "@indicia/evidence/plan";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";

/** Files of a registration that evidence carries; calibration data and pool stay with the owner. */
const CARRIED = [
  REGISTRATION_FILES.registration,
  REGISTRATION_FILES.basis,
  REGISTRATION_FILES.sketch,
  REGISTRATION_FILES.chain,
  REGISTRATION_FILES.marks,
] as const;

/**
 * Everything that a bundle holds beside its manifest and signature, by path inside the zip.
 *
 * @param given.observationFolder where transcript, plan and observer's signature lie
 */
export async function evidenceFiles(given: {
  readonly registration: Registration;
  readonly registrationFolder: string;
  readonly observationFolder: string;
  readonly observation: SealedObservation;
  /** Null where there is none: a trace has a document of its own. */
  readonly conclusion: ConclusionFile | null;
}): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of [...CARRIED, ...anchorFileNames(given.registration.file.anchor)]) {
    const bytes = await readIfThere(path.join(given.registrationFolder, name));
    if (bytes !== null) files.set(`registration/${name}`, bytes);
  }
  const { observation } = given;
  files.set(`observation/${OBSERVATION_FILES.observation}`, canonicalBytes(observation.file));
  files.set(`observation/${OBSERVATION_FILES.seal}`, sealFile(observation));
  for (const [name, bytes] of observation.files) files.set(`observation/${name}`, bytes);
  if (observation.file.transcript !== null) {
    const transcript = path.join(given.observationFolder, OBSERVATION_FILES.transcript);
    files.set(`observation/${OBSERVATION_FILES.transcript}`, await readFile(transcript));
  }
  for (const [name, bytes] of await observedPlanFiles(given.observationFolder))
    files.set(`${PLAN_FOLDER}${name}`, bytes);
  const observer = await readIfThere(path.join(given.observationFolder, OBSERVATION_FILES.observer));
  if (observer !== null) files.set(`observation/${OBSERVATION_FILES.observer}`, observer);
  if (given.conclusion !== null) files.set("conclusion.json", canonicalBytes(given.conclusion));
  return files;
}

/** A file's bytes, or null where it is not there. */
async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
