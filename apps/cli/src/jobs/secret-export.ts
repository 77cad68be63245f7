import { chmod } from "node:fs/promises";
import { refuseExisting } from "@indicia/core/folder";
import { sha256Hex } from "@indicia/evidence/canonical";
import { writeDurably } from "@indicia/evidence/durable-file";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { pdfReport } from "@indicia/evidence/report-pdf-file";
import { secretReport } from "@indicia/evidence/report/secret-report";
import { secretState } from "@indicia/evidence/secret-state";
import type { Job } from "../context.js";
import type { SecretExportOptions } from "./options.js";
import { wholeRegister } from "./read-secrets.js";

/** `indicia secret export`: the register as it stood at a moment, as a PDF for the owner's eyes. */
export const secretExport: Job<SecretExportOptions> = async (options, context) => {
  refuseExisting(options.out);
  const { register, dates } = await wholeRegister(options.registration);
  const state = secretState(register, dates, options.at ?? context.now().toISOString());
  const pdf = await pdfReport(secretReport({ register, state, dates }), new Date(state.at));
  await writeDurably(options.out, pdf);
  await chmod(options.out, 0o600);
  const sha256 = sha256Hex(pdf, nativeSha256);
  context.say(`${options.out} shows the register as it stood at ${state.at}: ${state.lines} lines.`);
  context.say("It holds what is secret: give it only to those who may know.");
  return {
    exitCode: 0,
    report: { out: options.out, sha256, at: state.at, lines: state.lines, head: state.head },
  };
};
