import path from "node:path";
import { readFolderFile } from "@indicia/core/folder";
import { readRegistration, REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { datedBy, datedLines } from "@indicia/evidence/signed-chain-dates";
import { requireOwner } from "@indicia/evidence/signed-chain";
import { currentTerms, readTerms } from "@indicia/evidence/terms";
import type { Job } from "./context.js";
import { OperationError } from "./error.js";
import type { TermsListOptions } from "./options.js";

/** `indicia terms list`: every version, and which is in force now. */
export const termsList: Job<TermsListOptions> = async ({ registration: folder }, context) => {
  const { commitment, file } = await readRegistration(folder);
  const bytes = await readFolderFile(folder, REGISTRATION_FILES.terms);
  if (bytes === null) {
    const missing = path.join(folder, REGISTRATION_FILES.terms);
    throw new OperationError(
      "FILE_NOT_FOUND",
      `${missing} does not exist`,
      "Enter terms with `indicia terms add`.",
    );
  }
  const { chain, versions } = readTerms(bytes, { sha256: nativeSha256 });
  requireOwner(chain, { commitment, signer: file.signer });
  const dates = datedLines(chain);
  const current = currentTerms(versions, context.now());
  const listed = versions.map(({ version, effective, sha256, time, index }) => ({
    version,
    effective,
    sha256,
    entered: time,
    dated: datedBy(dates, index)?.time ?? null,
    inForce: version === current?.version,
  }));
  for (const { version, effective, sha256, inForce } of listed)
    context.say(`${version}, from ${effective}${inForce ? ", in force" : ""}: SHA-256 ${sha256}`);
  return {
    exitCode: 0,
    report: { registration: commitment, current: current?.version ?? null, versions: listed },
  };
};
