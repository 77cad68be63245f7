import { readFile } from "node:fs/promises";
import path from "node:path";
import { readFolderFile } from "@indicia/core/folder";
import type { Registration } from "@indicia/core/registration";
import { openRegistrationChain, REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { readAcceptances } from "@indicia/evidence/acceptances";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { leafHash, merkleRoot } from "@indicia/evidence/merkle";
import { requireNotedLines } from "@indicia/evidence/noted-lines";
import { requireOwner } from "@indicia/evidence/signed-chain";
import { readTerms } from "@indicia/evidence/terms";
import { OperationError } from "./error.js";
import type { Context } from "./context.js";
import type { AgreedTerms } from "./write-trace-evidence.js";

/**
 * Read the terms of a registration and a gateway's log of acceptances, and have the registration's chain take note of the
 * log before the suspect is asked: what is written into it later is not cited.
 *
 * @param acceptances the log
 * @throws OperationError FILE_NOT_FOUND; EvidenceError of a broken chain, of terms that are not the owner's, and
 *   ACCEPTANCES_OTHER_REGISTRATION, NOTED_CHAIN_CUT
 */
export async function agreedTerms(
  folder: string,
  registration: Registration,
  acceptances: string,
  context: Context,
): Promise<AgreedTerms> {
  const terms = await readFolderFile(folder, REGISTRATION_FILES.terms);
  if (terms === null) {
    throw new OperationError(
      "FILE_NOT_FOUND",
      `${path.join(folder, REGISTRATION_FILES.terms)} does not exist`,
      "Enter the terms that were accepted with `indicia terms add`.",
    );
  }
  const { commitment, file } = registration;
  const { chain } = readTerms(terms, { sha256: nativeSha256 });
  requireOwner(chain, { commitment, signer: file.signer });
  const log = readAcceptances(await readFile(acceptances), { sha256: nativeSha256 });
  if (log.registration !== commitment) {
    throw new EvidenceError(
      "ACCEPTANCES_OTHER_REGISTRATION",
      "the log of acceptances belongs to another registration",
      "Give the file that the gateway wrote for this one.",
    );
  }
  const leaves = log.lines.map(({ bytes }) => leafHash(bytes, nativeSha256));
  const grown = {
    entries: log.lines.length,
    head: log.head,
    root: Buffer.from(merkleRoot(leaves, nativeSha256)).toString("hex"),
  };
  const noted = await openRegistrationChain(folder, registration, context.now);
  try {
    requireNotedLines("terms", chain.hashes, noted.found);
    requireNotedLines(
      "acceptances",
      log.lines.map(({ hash }) => hash),
      noted.found,
    );
    await noted.append("acceptances", grown);
  } finally {
    await noted.close();
  }
  return { terms, log };
}
