import path from "node:path";
import { rm } from "node:fs/promises";
import { readRegistration } from "@indicia/core/registration-folder";
import { register } from "@indicia/operations/register";
import type { Task } from "../tasks/task.js";
import { MODEL_FILES } from "./model-files.js";
import { type StoredRegistration, summariseRegistration } from "./registration-summary.js";

/** What a model is to be registered with. */
export interface MakeRegistrationOptions {
  /** `random:N`, or a file below the model's folder. */
  readonly calibration: string;
  /** As `calibration`; null for the same. */
  readonly pool: string | null;
  readonly owner: string | null;
}

export interface MakeRegistrationInput extends MakeRegistrationOptions {
  /** Folder of the model, in which the reference is. */
  readonly folder: string;
  readonly ownerKey: Uint8Array;
  readonly payload: string | null;
}

/** Register a model as `indicia register` does. What an interrupted attempt left is made anew. */
export const makeRegistration: Task<MakeRegistrationInput, StoredRegistration> = async (
  { folder, ownerKey, calibration, pool, payload, owner },
  { context },
) => {
  const out = path.join(folder, MODEL_FILES.registration);
  await rm(out, { recursive: true, force: true });
  await register(
    {
      model: path.join(folder, MODEL_FILES.reference),
      key: { held: ownerKey },
      out,
      calibration: dataIn(folder, calibration),
      calibrationIsDefault: false,
      pool: pool === null ? null : dataIn(folder, pool),
      shadows: null,
      payload,
      owner,
      secret: null,
      anchor: { authorities: [], roots: [], policy: null, allowPrivate: false, beacon: null },
    },
    context,
  );
  return summariseRegistration(await readRegistration(out));
};

function dataIn(folder: string, spec: string): string {
  return spec.startsWith("random:") ? spec : path.join(folder, spec);
}
