import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { readRegistration, REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { requireOwnerKey } from "@indicia/core/registration-keys";
import { MAX_TERMS_LENGTH } from "@indicia/evidence/terms";
import { openTerms } from "@indicia/evidence/terms-file";
import type { Job } from "./context.js";
import { OperationError } from "./error.js";
import { readKeyFile } from "./key-file.js";
import { readRoots } from "./timestamp-roots.js";
import { dateGrowth, noteGrowth, type NotedIn } from "./date-growth.js";
import type { TermsAddOptions } from "./options.js";
import { signerSeeds } from "./signer-seeds.js";

/** `indicia terms add`: sign a version of the terms; the registration's chain takes note of it. */
export const termsAdd: Job<TermsAddOptions> = async (options, context) => {
  const registration = await readRegistration(options.registration);
  const text = await readText(options.text);
  const trusted = await readRoots(options.dating.roots);
  const ownerKey = await readKeyFile(options.key, context);
  requireOwnerKey(registration, ownerKey);
  const noted: NotedIn = { kind: "terms", registrationFolder: options.registration, registration };
  const file = path.join(options.registration, REGISTRATION_FILES.terms);
  const terms = await openTerms(file, {
    registration: registration.commitment,
    seeds: signerSeeds(ownerKey),
    clock: context.now,
  });
  try {
    const effective = options.effective ?? context.now().toISOString().slice(0, 10);
    const { version, sha256, time } = await terms.add({ version: options.version, effective, text });
    await noteGrowth(terms, noted, context);
    context.say(`Version ${version}, in force from ${effective}, is signed: SHA-256 ${sha256}.`);
    const timestamps = await dateGrowth(terms, noted, { ...options.dating, trusted }, context);
    const report = { terms: file, version, effective, sha256, entered: time, timestamps };
    return { exitCode: 0, report };
  } finally {
    await terms.close();
  }
};

/** The text to the byte, so that its hash is that of the file. */
async function readText(file: string): Promise<string> {
  const refused = (reason: string): OperationError =>
    new OperationError("FILE_KIND", `${file} ${reason}`, "Give the terms as a text in UTF-8.");
  // A character has at most four bytes.
  if ((await stat(file)).size > 4 * MAX_TERMS_LENGTH) throw refused("is longer than any terms");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) throw refused("is not UTF-8");
    throw error;
  }
}
