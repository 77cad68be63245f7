import { readBundleFile } from "@indicia/evidence/bundle-file";
import { DOSSIER_PATHS } from "@indicia/evidence/dossier";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { nativeUnpacker } from "@indicia/evidence/unpack-file";
import { verifyBundle } from "@indicia/evidence/verify";
import { isExcerpt } from "@indicia/evidence/verify-excerpt";
import { TERMS_PATHS } from "@indicia/evidence/verify-terms";
import type { Job } from "./context.js";
import { OperationError } from "./error.js";
import type { EvidenceShowOptions } from "./options.js";
import { tellConclusion } from "./tell-conclusion.js";

/** `indicia evidence show`: what a bundle claims, in words; whether it holds is `verify`'s answer. */
export const evidenceShow: Job<EvidenceShowOptions> = async (options, context) => {
  const bytes = await readBundleFile(options.evidence);
  const { verified, contents, bundle } = verifyBundle(bytes, {
    sha256: nativeSha256,
    unpacker: nativeUnpacker,
  });
  if (isExcerpt(bytes))
    throw new OperationError(
      "FILE_KIND",
      `${options.evidence} is an excerpt, which claims nothing beyond its lines`,
      "`indicia evidence verify` shows them, and what each was checked against.",
    );
  const { registration, observation, conclusion, trace } = contents;
  const claimed = conclusion ?? trace;
  if (registration === null || observation === null || claimed === null || bundle === null) {
    throw new OperationError(
      "FILE_KIND",
      `${options.evidence} holds no evidence that can be read`,
      "See `indicia evidence verify` for the reason.",
    );
  }
  if (!verified)
    context.say("This bundle does not verify, so believe none of this: see `indicia evidence verify`.");
  context.say(
    `Registered ${registration.created}${registration.owner === null ? "" : ` by ${registration.owner}`}: ${claimed.registration}`,
  );
  context.say(`Reference ${registration.reference.sha256}`);
  context.say(
    `Suspect ${observation.suspect.target} (${observation.suspect.protocol}), observed ${observation.started} to ${observation.finished}`,
  );
  if (conclusion !== null) tellConclusion(conclusion, context);
  else context.say(`Trace: ${claimed.verdict}, ${claimed.standing}. The evidence ${claimed.claim}.`);
  for (const limit of claimed.limits) context.say(`Limit: ${limit}`);
  const toRead = TO_READ.filter(({ path }) => bundle.files.has(path));
  for (const { path, what } of toRead) context.say(`To be read: ${path}, ${what}`);
  return {
    exitCode: verified ? 0 : 1,
    report: {
      verified,
      registration,
      suspect: observation.suspect,
      ...(conclusion === null ? { trace } : { conclusion }),
      toRead: toRead.map(({ path }) => path),
    },
  };
};

/** What a bundle holds for people; those of version 1 hold none of it. */
const TO_READ = [
  { path: DOSSIER_PATHS.pdf, what: "the report" },
  { path: DOSSIER_PATHS.html, what: "the same for a browser" },
  { path: "VERIFY.md", what: "how to check it with other people's programs" },
  { path: DOSSIER_PATHS.statistics, what: "every figure with what it pays for" },
  { path: DOSSIER_PATHS.custody, what: "who did what when" },
  { path: DOSSIER_PATHS.envelope, what: "the claim, signed for other programs" },
  { path: DOSSIER_PATHS.declaration, what: "a declaration to be signed by whoever answers for it" },
  { path: TERMS_PATHS.terms, what: "the terms of use, every version" },
  { path: TERMS_PATHS.accepted, what: "what the customers who are named accepted of them" },
] as const;
