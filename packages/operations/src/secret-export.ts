import { refuseExisting } from "@indicia/core/folder";
import { sha256Hex } from "@indicia/evidence/canonical";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { pdfReport } from "@indicia/evidence/report-pdf-file";
import { secretReport } from "@indicia/evidence/report/secret-report";
import { secretState } from "@indicia/evidence/secret-state";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import { OperationError } from "./error.js";
import { writeNewFile } from "./new-file.js";
import type { SecretExportOptions } from "./options.js";
import { wholeRegister } from "./read-secrets.js";

/** `indicia secret export`: the register as it stood at a moment, as a PDF for the owner's eyes. */
export const secretExport: Job<SecretExportOptions> = async (options, context) => {
  refuseExisting(options.out);
  const { register, dates } = await wholeRegister(options.registration);
  const state = secretState(register, dates, momentOf(options.at, context.now()));
  const pdf = await pdfReport(secretReport({ register, state, dates }), new Date(state.at));
  await writeNewFile(options.out, pdf, 0o600);
  const sha256 = sha256Hex(pdf, nativeSha256);
  context.say(
    `${options.out} shows the register as it stood at ${state.at}: ${counted(state.lines, "line")}.`,
  );
  context.say("It holds what is secret: give it only to those who may know.");
  return {
    exitCode: 0,
    report: { out: options.out, sha256, at: state.at, lines: state.lines, head: state.head },
  };
};

/**
 * A page may not say how the register stood at a moment that is still to come; the end of today is now.
 *
 * @throws OperationError TIME_AHEAD
 */
function momentOf(at: string | null, now: Date): string {
  const present = now.toISOString();
  if (at === null || Date.parse(at) <= now.getTime()) return at ?? present;
  if (at === `${present.slice(0, 10)}T23:59:59.999Z`) return present;
  throw new OperationError(
    "TIME_AHEAD",
    `--at ${at} is still to come: what the register will hold by then is not known`,
    "Name a moment that has passed.",
  );
}
