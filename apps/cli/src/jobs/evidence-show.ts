import { readBundleFile } from "@indicia/evidence/bundle-file";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { verifyBundle } from "@indicia/evidence/verify";
import type { Job } from "../context.js";
import { CliError } from "../error.js";
import type { EvidenceShowOptions } from "./options.js";
import { tellConclusion } from "./tell-conclusion.js";

/** `indicia evidence show`: what a bundle claims, in words; whether it holds is `verify`'s answer. */
export const evidenceShow: Job<EvidenceShowOptions> = async (options, context) => {
  const { verified, contents } = verifyBundle(await readBundleFile(options.evidence), {
    sha256: nativeSha256,
  });
  const { registration, observation, conclusion } = contents;
  if (registration === null || observation === null || conclusion === null) {
    throw new CliError(
      "FILE_KIND",
      `${options.evidence} holds no evidence that can be read`,
      "See `indicia evidence verify` for the reason.",
    );
  }
  if (!verified)
    context.say("This bundle does not verify, so believe none of this: see `indicia evidence verify`.");
  context.say(
    `Registered ${registration.created}${registration.owner === null ? "" : ` by ${registration.owner}`}: ${conclusion.registration}`,
  );
  context.say(`Reference ${registration.reference.sha256}`);
  context.say(
    `Suspect ${observation.suspect.target} (${observation.suspect.protocol}), observed ${observation.started} to ${observation.finished}`,
  );
  tellConclusion(conclusion, context);
  for (const limit of conclusion.limits) context.say(`Limit: ${limit}`);
  return {
    exitCode: verified ? 0 : 1,
    report: { verified, registration, suspect: observation.suspect, conclusion },
  };
};
