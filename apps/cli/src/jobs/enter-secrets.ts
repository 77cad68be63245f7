import { existsSync } from "node:fs";
import path from "node:path";
import type { Registration } from "@indicia/core/registration";
import { openRegistrationChain, REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { requireOwnerKey } from "@indicia/core/registration-keys";
import { type LooseEntry, requireEntries, type SecretEntry } from "@indicia/evidence/secret-register";
import { openSecretRegister, type SecretRegisterFile } from "@indicia/evidence/secret-register-file";
import type { ReadCertificate } from "@indicia/evidence/x509-certificate";
import type { Context } from "../context.js";
import { counted } from "../counted.js";
import { dateLine } from "./date-line.js";
import type { AuthorityOptions } from "./options.js";
import { completed } from "./secret-input.js";
import { signerSeeds } from "./signer-seeds.js";

export interface EnteringSecrets {
  readonly registrationFolder: string;
  readonly registration: Registration;
  readonly ownerKey: Uint8Array;
  readonly entries: readonly LooseEntry[];
  readonly dating: AuthorityOptions & { readonly trusted: readonly ReadCertificate[] };
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
 * @throws CoreError WRONG_KEY; CliError SECRET_MISSING; EvidenceError of `openSecretRegister` and `add`; those of `askAuthorities`
 */
export async function enterSecrets(given: EnteringSecrets, context: Context): Promise<EnteredSecrets> {
  const { registration, registrationFolder, ownerKey, dating } = given;
  requireOwnerKey(registration, ownerKey);
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
    await note(given, register, context);
    const { entries: lines } = register.grown;
    if (added.length > 0)
      context.say(
        `${counted(added.length, "entry was", "entries were")} signed and added; the register has ${counted(lines, "line")}.`,
      );
    const dated = dating.authorities.length === 0 ? [] : await dateLine(register.grown, dating, context);
    for (const each of dated) await register.keep(each);
    if (dated.length > 0) await note(given, register, context);
    const grown = register.grown;
    return { register: file, added, lines: grown.entries, head: grown.head, timestamps: dated.length };
  } finally {
    await register.close();
  }
}

async function note(
  { registrationFolder, registration }: EnteringSecrets,
  { grown }: SecretRegisterFile,
  context: Context,
): Promise<void> {
  const chain = await openRegistrationChain(registrationFolder, registration, context.now);
  try {
    await chain.append("secrets", grown);
  } finally {
    await chain.close();
  }
}
