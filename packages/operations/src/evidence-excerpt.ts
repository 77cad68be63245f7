import { readBundleFile } from "@indicia/evidence/bundle-file";
import { makeExcerpt } from "@indicia/evidence/excerpt";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { excerptTexts } from "@indicia/evidence/published-file";
import { nativeUnpacker } from "@indicia/evidence/unpack-file";
import { verifyBundle } from "@indicia/evidence/verify";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import { OperationError } from "./error.js";
import { writeNewFile } from "./new-file.js";
import { exchangeLine } from "./excerpt-verify.js";
import type { EvidenceExcerptOptions } from "./options.js";

/** `indicia evidence excerpt`: show some exchanges, and that they are among those that were sealed. */
export const evidenceExcerpt: Job<EvidenceExcerptOptions> = async (options, context) => {
  const bytes = await readBundleFile(options.evidence);
  const { checks, bundle } = verifyBundle(bytes, { sha256: nativeSha256, unpacker: nativeUnpacker });
  const failed = checks.find(({ status }) => status === "failed");
  if (failed !== undefined || bundle === null) {
    throw new OperationError(
      "FILE_KIND",
      `${options.evidence} does not verify: ${failed?.detail ?? "it cannot be read"}`,
      "See `indicia evidence verify`; nothing is taken out of evidence that does not hold.",
    );
  }
  const excerpt = makeExcerpt(bundle, {
    exchanges: options.exchanges,
    texts: await excerptTexts(),
    sha256: nativeSha256,
  });
  await writeNewFile(options.out, excerpt.bytes, 0o644);
  for (const exchange of excerpt.exchanges) context.say(exchangeLine(exchange));
  const { lines, entries } = excerpt;
  context.say(
    `${lines} of ${counted(entries, "line")} ${lines === 1 ? "is" : "are"} disclosed in ${options.out}, ${entries - lines} withheld. ` +
      "It also holds the registration, the sealed observation and the signed statement.",
  );
  return {
    exitCode: 0,
    report: {
      out: options.out,
      lines,
      entries,
      exchanges: excerpt.exchanges.map(({ intent }) => intent),
    },
  };
};
