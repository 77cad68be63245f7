import { nativeSha256 } from "@indicia/evidence/hash-file";
import { verifySecrets } from "@indicia/evidence/verify-secrets";
import type { Job } from "./context.js";
import { readRoots } from "./timestamp-roots.js";
import type { SecretVerifyOptions } from "./options.js";
import { secretFiles } from "./read-secrets.js";

/** `indicia secret verify`: chain, signatures, owner, notes and timestamps of the register of trade secrets. */
export const secretVerify: Job<SecretVerifyOptions> = async (options, context) => {
  const roots = await readRoots(options.timestampRoots);
  const { registration, bytes, noted } = await secretFiles(options.registration);
  const { commitment, file } = registration;
  const { verified, checks } = verifySecrets({
    bytes,
    registration: { commitment, signer: file.signer },
    noted,
    roots,
    sha256: nativeSha256,
  });
  for (const { name, status, detail } of checks) context.say(`${status.padEnd(11)} ${name}: ${detail}`);
  context.say(verified ? "The register verifies." : "The register does not verify.");
  return { exitCode: verified ? 0 : 1, report: { verified, checks } };
};
