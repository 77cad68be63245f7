import { readBundleFile } from "@indicia/evidence/bundle-file";
import { unpackAhead } from "@indicia/evidence/unpack-file";
import type { Job } from "./context.js";
import type { EvidenceVerifyOptions } from "./options.js";

/** `indicia evidence verify`: check everything that can be checked offline, and say what was not. */
export const evidenceVerify: Job<EvidenceVerifyOptions> = async (options, context) => {
  let archive = await readBundleFile(options.evidence);
  // What is large is unpacked by other threads while the modules that verify it are loaded.
  const [unpacker, { verifyEvidence }, { isExcerpt }] = await Promise.all([
    unpackAhead(archive),
    import("./verify-evidence.js"),
    import("@indicia/evidence/verify-excerpt"),
  ]);
  if (isExcerpt(archive)) {
    const { excerptVerify } = await import("./excerpt-verify.js");
    return await excerptVerify(archive, options, context);
  }
  const take = (): Uint8Array => {
    const taken = archive;
    archive = new Uint8Array(0);
    return taken;
  };
  return await verifyEvidence(take, unpacker, options, context);
};
