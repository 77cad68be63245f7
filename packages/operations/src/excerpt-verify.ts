import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { Exchange } from "@indicia/evidence/transcript";
import { verifyExcerpt } from "@indicia/evidence/verify-excerpt";
import type { Context, Outcome } from "./context.js";
import { counted } from "./counted.js";
import { OperationError } from "./error.js";
import type { EvidenceVerifyOptions } from "./options.js";
import { readRoots } from "./timestamp-roots.js";

/** `indicia evidence verify` of an excerpt: which lines stand under the sealed root, and what was withheld. */
export async function excerptVerify(
  bytes: Uint8Array,
  options: EvidenceVerifyOptions,
  context: Context,
): Promise<Outcome> {
  if (options.disclosure !== null || options.models !== null) {
    throw new OperationError(
      "FILE_KIND",
      `${options.evidence} is an excerpt, which has no figures to recompute`,
      "Give the whole evidence for that, or the excerpt alone.",
    );
  }
  const { verified, checks, exchanges, disclosed } = verifyExcerpt(bytes, {
    sha256: nativeSha256,
    timestampRoots: await readRoots(options.timestampRoots),
  });
  for (const { name, status, detail } of checks) context.say(`${status.padEnd(11)} ${name}: ${detail}`);
  for (const exchange of exchanges) context.say(exchangeLine(exchange));
  context.say(
    disclosed === null
      ? "The excerpt does not verify."
      : `The excerpt verifies: ${disclosed.lines} of ${counted(disclosed.entries, "sealed line")}. ` +
          "Of those withheld it shows nothing, and whoever made it chose.",
  );
  return {
    exitCode: verified ? 0 : 1,
    report: {
      verified,
      checks,
      disclosed,
      exchanges: exchanges.map(({ intent, time, outcome }) => ({
        line: intent,
        time,
        outcome: outcome.kind,
      })),
    },
  };
}

/** What was asked and what came of it, in a line. */
export function exchangeLine({ intent, time, request, outcome }: Exchange): string {
  const { method, url, probes, body } = request;
  const asked = counted(probes.length, "probe");
  const end =
    outcome.kind === "answer"
      ? `status ${outcome.answer.status}, ${outcome.answer.body.length} bytes from ${outcome.answer.address ?? "an unknown address"}`
      : outcome.kind === "lost"
        ? `lost: ${outcome.reason}`
        : "open";
  return `line ${intent}, ${time}: ${method} ${url}, ${asked}, ${body.length} bytes; ${end}`;
}
