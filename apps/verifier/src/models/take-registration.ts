import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import {
  openRegistrationChain,
  readRegisteredRows,
  readRegistration,
  REGISTRATION_FILES,
} from "@indicia/core/registration-folder";
import type { Registration } from "@indicia/core/registration";
import { requireOwnerKey } from "@indicia/core/registration-keys";
import { registeredShadowName } from "@indicia/core/shadow-folder";
import { anchorFileNames } from "@indicia/evidence/anchor";
import { syncFolder } from "@indicia/evidence/durable-file";
import { identify, npzRows, withModel } from "@indicia/operations/load";
import { requireReferenceFiles } from "@indicia/operations/require-reference";
import { REGISTRATION_ARCHIVE } from "../archives/archive-limits.js";
import { unpackArchive } from "../archives/unpack-archive.js";
import type { Task } from "../tasks/task.js";
import { MODEL_FILES } from "./model-files.js";
import { type StoredRegistration, summariseRegistration } from "./registration-summary.js";

export interface TakeRegistrationInput {
  /** Zip archive of the folder that `indicia register` made. */
  readonly upload: string;
  /** Folder of the model, in which the reference is. */
  readonly folder: string;
  /** Owner key that must open it, or null where it is kept out. */
  readonly ownerKey: Uint8Array | null;
}

/**
 * Take up a registration that was made elsewhere. It has to be whole: it is about this reference, its data and its chain
 * are there, and the key, where it is given, is the one that it commits to.
 *
 * @throws VerifierError UNPROCESSABLE for archives that cannot be; CoreError and EvidenceError for what does not hold
 */
export const takeRegistration: Task<TakeRegistrationInput, StoredRegistration> = async ({
  upload,
  folder,
  ownerKey,
}) => {
  const unpacked = path.join(folder, `${MODEL_FILES.registration}.coming`);
  await mkdir(unpacked, { recursive: true });
  try {
    const names = await unpackArchive(upload, unpacked, REGISTRATION_ARCHIVE);
    const registration = await readRegistration(unpacked);
    await requireOfReference(registration, path.join(folder, MODEL_FILES.reference));
    await requireWhole(unpacked, registration);
    if (ownerKey !== null) requireOwnerKey(registration, ownerKey);
    const known = new Set(registrationNames(registration));
    for (const name of names.filter((each) => !known.has(each))) await rm(path.join(unpacked, name));
    await rename(unpacked, path.join(folder, MODEL_FILES.registration));
    await syncFolder(folder);
    return summariseRegistration(registration);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
};

/** Files that a registration may have. */
function registrationNames({ file }: Registration): string[] {
  return [
    ...Object.values(REGISTRATION_FILES),
    ...anchorFileNames(file.anchor),
    ...file.shadows.map((_, index) => registeredShadowName(index)),
  ];
}

async function requireOfReference(registration: Registration, reference: string): Promise<void> {
  await withModel(reference, async (model) => {
    requireReferenceFiles(registration, await identify(reference, model));
  });
}

async function requireWhole(folder: string, registration: Registration): Promise<void> {
  await (await openRegistrationChain(folder, registration, () => new Date())).close();
  await readRegisteredRows(folder, registration, "calibration", npzRows);
  await readRegisteredRows(folder, registration, "pool", npzRows);
}
