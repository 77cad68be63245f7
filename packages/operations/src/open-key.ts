import { conclude as openKey } from "@indicia/core/conclude";
import { CoreError } from "@indicia/core/error";
import type { SealedObservation } from "@indicia/core/observation";
import { commitPayload } from "@indicia/core/payload-commitment";
import type { Registration } from "@indicia/core/registration";
import { countLook, countObservation, readPayload } from "@indicia/core/registration-folder";
import { registeredSeed } from "@indicia/core/registration-keys";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { EvidenceError } from "@indicia/evidence/error";
import { begunAs, type OpeningPurpose } from "@indicia/evidence/observation-places";
import type { OpenedPlan } from "@indicia/evidence/open-plan";
import { requirePlanFirst } from "@indicia/evidence/plan-chain";
import { checkPlanned } from "@indicia/evidence/planned-observation";
import { derivePurpose } from "@indicia/proof/keys";
import type { Context } from "./context.js";
import { stages } from "./load.js";
import { RELEASE_SUB_KEY } from "./mark.js";
import { sharedChain } from "./shared-chain.js";

export interface Opening {
  readonly registrationFolder: string;
  readonly registration: Registration;
  readonly ownerKey: Uint8Array;
  readonly level: number | null;
  /** The plan that is followed; absent or null where there is none. */
  readonly plan?: OpenedPlan | null;
}

/**
 * Count a sealed observation in the registration's chain, and only then open the key on it.
 *
 * @throws CoreError WRONG_REGISTRATION, before anything is counted
 */
export async function concludeObservation(
  opening: Opening,
  observation: SealedObservation,
  context: Context,
): Promise<ConclusionFile> {
  const { registration, ownerKey } = opening;
  const seed = registeredSeed(registration, ownerKey, RELEASE_SUB_KEY);
  // Each counted observation costs all later ones some of their evidence.
  if (observation.file.registration !== registration.commitment) {
    throw new CoreError(
      "WRONG_REGISTRATION",
      "the observation was made under another registration",
      "Give the registration folder that was used to observe.",
    );
  }
  requirePlanned(opening, observation);
  const chain = await sharedChain(opening.registrationFolder, registration, context.now);
  let position: number;
  try {
    if (opening.plan != null) requirePlanFirst(chain.found, opening.plan, observation);
    position = await countObservation(chain, observation, "examination");
  } finally {
    await chain.close();
  }
  const progress = stages(context);
  try {
    return openKey({
      observation,
      registration,
      seed,
      subKey: RELEASE_SUB_KEY,
      position,
      level: opening.level ?? registration.file.parameters.level,
      plan: opening.plan?.plan.file ?? null,
      payload: await registeredPayload(opening),
      decoyKeys: registration.file.parameters.decoyKeys,
      clock: context.now,
      onProgress: progress.report,
    });
  } finally {
    progress.done();
  }
}

/**
 * What is counted follows its plan, where it names one.
 *
 * @throws EvidenceError PLAN_MISSING, and all of `checkPlanned`
 */
function requirePlanned({ plan = null, registration }: Opening, { file, files }: SealedObservation): void {
  if (plan !== null) {
    const find = (name: string): Uint8Array | null => files.get(name) ?? null;
    checkPlanned({ opened: plan, registration, observation: file, find });
  } else if (file.plan !== undefined) {
    throw new EvidenceError(
      "PLAN_MISSING",
      "the plan that the observation names is not in its folder",
      "Restore the folder of the observation from a backup.",
    );
  }
}

/** Whether an early look already reaches the level; see `lookCounter`. */
export async function reachesLevel(
  opening: Opening,
  observation: SealedObservation,
  position: number,
): Promise<boolean> {
  return (await concludeLook(opening, observation, position)).verdict === "match";
}

/** What the key says at an early look, without decoys; see `lookCounter`. */
export async function concludeLook(
  opening: Opening,
  observation: SealedObservation,
  position: number,
): Promise<ConclusionFile> {
  const { registration, ownerKey } = opening;
  return openKey({
    observation,
    registration,
    seed: registeredSeed(registration, ownerKey, RELEASE_SUB_KEY),
    subKey: RELEASE_SUB_KEY,
    position,
    level: opening.level ?? registration.file.parameters.level,
    payload: await registeredPayload(opening),
    decoyKeys: 0,
    clock: () => new Date(0),
  });
}

/**
 * Counts an observation at its first early look, before the key is opened on it: should it be broken off afterwards, the
 * next one still pays for it.
 *
 * @returns the observation's position among those counted, from 1
 * @throws CoreError REGISTRATION_INVALID at once, where the chain is not there
 */
export async function lookCounter(
  opening: Pick<Opening, "registrationFolder" | "registration">,
  context: Context,
  purpose: OpeningPurpose,
): Promise<(observation: SealedObservation) => Promise<number>> {
  const { registrationFolder, registration } = opening;
  await (await sharedChain(registrationFolder, registration, context.now)).close();
  let position: number | null = null;
  return async ({ file }) => {
    if (position !== null) return position;
    const chain = await sharedChain(registrationFolder, registration, context.now);
    try {
      position = await countLook(chain, begunAs(file), purpose);
    } finally {
      await chain.close();
    }
    return position;
  };
}

/** The registered text counts as committed only where it fits the commitment. */
async function registeredPayload({
  registrationFolder,
  registration,
  ownerKey,
}: Opening): Promise<{ text: string; nonce: Uint8Array } | null> {
  const { payload } = registration.file;
  const text = payload === null ? null : await readPayload(registrationFolder);
  if (text === null || commitPayload(ownerKey, text) !== payload) return null;
  return { text, nonce: derivePurpose(ownerKey, "payload-nonce") };
}
