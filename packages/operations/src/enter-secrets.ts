import { existsSync } from "node:fs";
import path from "node:path";
import type { Registration } from "@indicia/core/registration";
import { REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { requireOwnerKey } from "@indicia/core/registration-keys";
import { type LooseEntry, requireEntries, type SecretEntry } from "@indicia/evidence/secret-register";
import { openSecretRegister } from "@indicia/evidence/secret-register-file";
import type { Context } from "./context.js";
import { counted } from "./counted.js";
import { type Dating, dateGrowth, noteGrowth, type NotedIn } from "./date-growth.js";
import { completed } from "./secret-input.js";
import { signerSeeds } from "./signer-seeds.js";

export interface EnteringSecrets {
  readonly registrationFolder: string;
  readonly registration: Registration;
  readonly ownerKey: Uint8Array;
  readonly entries: readonly LooseEntry[];
  readonly dating: Dating;
}

/** What was entered, and how far the register has grown. */
export interface EnteredSecrets {
  readonly register: string;
  readonly added: readonly SecretEntry[];
  readonly lines: number;
  readonly head: string;
  readonly timestamps: number;
}

/**
 * Enter into the register of trade secrets, which is begun where it is not there; the registration's chain takes note of
 * how far it has grown. What was entered stays, even where an authority then fails.
 *
 * @throws CoreError WRONG_KEY; OperationError SECRET_MISSING; EvidenceError of `openSecretRegister` and `add`; those of `askAuthorities`
 */
export async function enterSecrets(given: EnteringSecrets, context: Context): Promise<EnteredSecrets> {
  const { registration, registrationFolder, ownerKey, dating } = given;
  requireOwnerKey(registration, ownerKey);
  const noted: NotedIn = { kind: "secrets", registrationFolder, registration };
  const file = path.join(registrationFolder, REGISTRATION_FILES.secrets);
  const model = registration.file.reference.sha256;
  // What is refused begins no register either.
  if (!existsSync(file)) requireEntries(completed(given.entries, { ids: [], model }), 1);
  const register = await openSecretRegister(file, {
    registration: registration.commitment,
    seeds: signerSeeds(ownerKey),
    clock: context.now,
  });
  try {
    const ids = register.entries.flatMap((each) => (each.type === "secret" ? [each.entry.id] : []));
    const added = await register.add(completed(given.entries, { ids, model }));
    await noteGrowth(register, noted, context);
    const { entries: lines } = register.grown;
    if (added.length > 0)
      context.say(
        `${counted(added.length, "entry was", "entries were")} signed and added; the register has ${counted(lines, "line")}.`,
      );
    const timestamps = await dateGrowth(register, noted, dating, context);
    const grown = register.grown;
    return { register: file, added, lines: grown.entries, head: grown.head, timestamps };
  } finally {
    await register.close();
  }
}
