import path from "node:path";
import { readFolderFile } from "@indicia/core/folder";
import type { Registration } from "@indicia/core/registration";
import { REGISTRATION_FILES, readRegistration } from "@indicia/core/registration-folder";
import { type ChainLine, readChain } from "@indicia/evidence/chain";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { requireNotedLines } from "@indicia/evidence/noted-lines";
import { readSecretRegister, type SecretRegister } from "@indicia/evidence/secret-register";
import { type DatedLine, datedLines } from "@indicia/evidence/signed-chain-dates";
import { requireOwner } from "@indicia/evidence/signed-chain";
import { OperationError } from "./error.js";

/** Register and registration as they lie in a folder; nothing of the register is checked yet. */
export interface SecretFiles {
  readonly registration: Registration;
  readonly bytes: Uint8Array;
  /** Lines of the registration's chain. */
  readonly noted: readonly ChainLine[];
}

/** @throws OperationError FILE_NOT_FOUND, and those of `readRegistration` and `readChain` */
export async function secretFiles(folder: string): Promise<SecretFiles> {
  const registration = await readRegistration(folder);
  const bytes = await readFolderFile(folder, REGISTRATION_FILES.secrets);
  if (bytes === null) {
    throw new OperationError(
      "FILE_NOT_FOUND",
      `${path.join(folder, REGISTRATION_FILES.secrets)} does not exist`,
      "Begin the register with `indicia secret add`.",
    );
  }
  const chain = (await readFolderFile(folder, REGISTRATION_FILES.chain)) ?? new Uint8Array(0);
  const { lines: noted } = readChain(chain, { kind: "registration", sha256: nativeSha256 });
  return { registration, bytes, noted };
}

/**
 * A register that holds in every respect, with its timestamps.
 *
 * @throws EvidenceError those of `readSecretRegister`, `requireOwner`, `requireNotedLines` and `datedLines`
 */
export async function wholeRegister(
  folder: string,
): Promise<{ readonly register: SecretRegister; readonly dates: readonly DatedLine[] }> {
  const { registration, bytes, noted } = await secretFiles(folder);
  const register = readSecretRegister(bytes, { sha256: nativeSha256 });
  const { commitment, file } = registration;
  requireOwner(register.chain, { commitment, signer: file.signer });
  requireNotedLines("secrets", register.chain.hashes, noted);
  return { register, dates: datedLines(register.chain) };
}
