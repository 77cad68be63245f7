import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { readRegistration } from "@indicia/core/registration-folder";
import type { Context } from "@indicia/operations/context";
import type { ShadowsOptions } from "@indicia/operations/options";
import { register } from "@indicia/operations/register";
import { shadows } from "@indicia/operations/shadows";
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
  /** Students that are made first; 0 for none. */
  readonly shadows: number;
  readonly anchor: {
    readonly authorities: readonly { readonly url: string; readonly qualified: boolean }[];
    /** PEM file below the model's folder, or null. */
    readonly roots: string | null;
    readonly allowPrivate: boolean;
    readonly beacon: string | null;
  };
}

export interface MakeRegistrationInput extends MakeRegistrationOptions {
  /** Folder of the model, in which the reference is. */
  readonly folder: string;
  readonly ownerKey: Uint8Array;
  readonly payload: string | null;
}

/** Register a model as `indicia register` does. What an interrupted attempt left is made anew. */
export const makeRegistration: Task<MakeRegistrationInput, StoredRegistration> = async (
  { folder, ownerKey, calibration, pool, payload, owner, shadows: count, anchor },
  { context },
) => {
  const model = path.join(folder, MODEL_FILES.reference);
  const students = path.join(folder, MODEL_FILES.shadows);
  if (count > 0)
    await makeShadows({ model, inputs: dataIn(folder, calibration), out: students, count }, context);
  const out = path.join(folder, MODEL_FILES.registration);
  await rm(out, { recursive: true, force: true });
  await register(
    {
      model,
      key: { held: ownerKey },
      out,
      calibration: dataIn(folder, calibration),
      calibrationIsDefault: false,
      pool: pool === null ? null : dataIn(folder, pool),
      shadows: count > 0 ? students : null,
      payload,
      owner,
      secret: null,
      anchor: {
        authorities: anchor.authorities.map(({ url, qualified }) => ({ url: new URL(url), qualified })),
        roots: anchor.roots === null ? [] : [path.join(folder, anchor.roots)],
        policy: null,
        allowPrivate: anchor.allowPrivate,
        beacon: anchor.beacon,
      },
    },
    context,
  );
  return summariseRegistration(await readRegistration(out));
};

/** As `indicia shadows` does; an interrupted attempt is gone on with. */
async function makeShadows(
  given: Pick<ShadowsOptions, "model" | "inputs" | "out" | "count">,
  context: Context,
): Promise<void> {
  await shadows(
    { ...given, epochs: null, architectures: null, seed: 1, resume: existsSync(given.out) },
    context,
  );
}

function dataIn(folder: string, spec: string): string {
  return spec.startsWith("random:") ? spec : path.join(folder, spec);
}
