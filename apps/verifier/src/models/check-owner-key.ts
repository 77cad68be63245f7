import { readRegistration } from "@indicia/core/registration-folder";
import { requireOwnerKey } from "@indicia/core/registration-keys";
import type { Task } from "../tasks/task.js";

export interface CheckOwnerKeyInput {
  /** Registration folder. */
  readonly registration: string;
  readonly ownerKey: Uint8Array;
}

/** See whether an owner key is the one that a registration commits to. @throws CoreError where it is not */
export const checkOwnerKey: Task<CheckOwnerKeyInput, null> = async ({ registration, ownerKey }) => {
  requireOwnerKey(await readRegistration(registration), ownerKey);
  return null;
};
