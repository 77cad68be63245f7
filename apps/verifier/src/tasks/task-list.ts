import type { Task } from "./task.js";
import type { MakeRegistrationInput } from "../models/make-registration.js";
import type { MarkCopyInput } from "../models/mark-copy.js";
import type { ModelCopy } from "../shapes/models.js";
import type { PackInput } from "../models/pack-folder.js";
import type { PlacedReference, PlaceReferenceInput } from "../models/place-reference.js";
import type { StoredRegistration } from "../models/registration-summary.js";
import type { TakeRegistrationInput } from "../models/take-registration.js";

/** Every task with what goes in and what comes out. */
export interface TaskKinds {
  readonly "place-reference": Task<PlaceReferenceInput, PlacedReference>;
  readonly "take-registration": Task<TakeRegistrationInput, StoredRegistration>;
  readonly "make-registration": Task<MakeRegistrationInput, StoredRegistration>;
  readonly "mark-copy": Task<MarkCopyInput, NonNullable<ModelCopy["marked"]>>;
  readonly "pack-folder": Task<PackInput, null>;
}

/** Loaded when called: most tasks need little of what others stand on. */
export const TASKS: { readonly [Name in keyof TaskKinds]: () => Promise<TaskKinds[Name]> } = {
  "place-reference": async () => (await import("../models/place-reference.js")).placeReference,
  "take-registration": async () => (await import("../models/take-registration.js")).takeRegistration,
  "make-registration": async () => (await import("../models/make-registration.js")).makeRegistration,
  "mark-copy": async () => (await import("../models/mark-copy.js")).markCopy,
  "pack-folder": async () => (await import("../models/pack-folder.js")).packFolder,
};
