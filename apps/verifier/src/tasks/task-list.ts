import type { FoundInspection, InspectInput } from "../suspects/inspect-suspect.js";
import type { Task } from "./task.js";
import type { CheckOwnerKeyInput } from "../models/check-owner-key.js";
import type { MakeRegistrationInput } from "../models/make-registration.js";
import type { MarkCopyInput } from "../models/mark-copy.js";
import type { ModelCopy } from "../shapes/models.js";
import type { TakeEvidenceInput, TakenEvidence } from "../investigations/take-evidence.js";
import type { EvidenceVerification } from "../shapes/evidence.js";
import type { VerifyEvidenceInput } from "../evidence/verify-evidence.js";
import type { PackInput } from "../models/pack-folder.js";
import type { PlacedModel, PlaceModelInput } from "../models/place-model.js";
import type { StoredRegistration } from "../models/registration-summary.js";
import type { TakeRegistrationInput } from "../models/take-registration.js";

/** Every task with what goes in and what comes out. */
export interface TaskKinds {
  readonly "place-model": Task<PlaceModelInput, PlacedModel>;
  readonly "take-registration": Task<TakeRegistrationInput, StoredRegistration>;
  readonly "make-registration": Task<MakeRegistrationInput, StoredRegistration>;
  readonly "check-owner-key": Task<CheckOwnerKeyInput, null>;
  readonly "mark-copy": Task<MarkCopyInput, NonNullable<ModelCopy["marked"]>>;
  readonly "inspect-suspect": Task<InspectInput, FoundInspection>;
  readonly "take-evidence": Task<TakeEvidenceInput, TakenEvidence>;
  readonly "verify-evidence": Task<VerifyEvidenceInput, Omit<EvidenceVerification, "sha256" | "bytes">>;
  readonly "pack-folder": Task<PackInput, null>;
}

/** Loaded when called: most tasks need little of what others stand on. */
export const TASKS: { readonly [Name in keyof TaskKinds]: () => Promise<TaskKinds[Name]> } = {
  "place-model": async () => (await import("../models/place-model.js")).placeModel,
  "take-registration": async () => (await import("../models/take-registration.js")).takeRegistration,
  "make-registration": async () => (await import("../models/make-registration.js")).makeRegistration,
  "check-owner-key": async () => (await import("../models/check-owner-key.js")).checkOwnerKey,
  "mark-copy": async () => (await import("../models/mark-copy.js")).markCopy,
  "inspect-suspect": async () => (await import("../suspects/inspect-suspect.js")).inspectSuspect,
  "take-evidence": async () => (await import("../investigations/take-evidence.js")).takeEvidence,
  "verify-evidence": async () => (await import("../evidence/verify-evidence.js")).verifyEvidence,
  "pack-folder": async () => (await import("../models/pack-folder.js")).packFolder,
};
