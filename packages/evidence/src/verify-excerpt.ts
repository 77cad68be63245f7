import { portableSha256, type Sha256 } from "./canonical.js";
import { createExcerptContext, type ExcerptContext } from "./excerpt-context.js";
import { type CheckOf, runSteps, type Step } from "./run-steps.js";
import {
  checkExcerptArchive,
  checkExcerptInstructions,
  checkExcerptObservation,
  checkExcerptRegistration,
  checkExcerptStatement,
  checkExcerptTimestamps,
  checkExchanges,
  checkLines,
} from "./excerpt-steps.js";
import { EXCERPT_PATHS } from "./excerpt-format.js";
import type { Exchange } from "./transcript.js";
import type { ReadCertificate } from "./x509-certificate.js";
import { readZip } from "./zip-read.js";

/** Every step of the verification of an excerpt. */
export type ExcerptCheckName =
  | "archive"
  | "registration"
  | "timestamps"
  | "statement"
  | "observation"
  | "lines"
  | "exchanges"
  | "instructions";

/** The order in which an excerpt is checked: from the signer down to the single line. */
const STEPS: readonly Step<ExcerptCheckName, ExcerptContext>[] = [
  { name: "archive", needs: [], run: checkExcerptArchive },
  { name: "registration", needs: ["archive"], run: checkExcerptRegistration },
  { name: "timestamps", needs: ["registration"], run: checkExcerptTimestamps },
  { name: "statement", needs: ["registration"], run: checkExcerptStatement },
  { name: "observation", needs: ["statement"], run: checkExcerptObservation },
  { name: "lines", needs: ["observation"], run: checkLines },
  { name: "exchanges", needs: ["lines"], run: checkExchanges },
  { name: "instructions", needs: ["registration"], run: checkExcerptInstructions },
];

export interface ExcerptReport {
  readonly verified: boolean;
  /** One for each step, in the order of the steps. */
  readonly checks: readonly CheckOf<ExcerptCheckName>[];
  /** What is disclosed; empty unless everything verifies. */
  readonly exchanges: readonly Exchange[];
  /** How many lines of the transcript are here, and how many there are; null unless everything verifies. */
  readonly disclosed: { readonly lines: number; readonly entries: number } | null;
}

export interface VerifyExcerptOptions {
  readonly sha256?: Sha256;
  /** Roots to hold timestamps against, beside those that were registered. */
  readonly timestampRoots?: readonly ReadCertificate[];
}

/** Whether an archive is an excerpt, and no bundle; false for what is no archive of ours at all. */
export function isExcerpt(bytes: Uint8Array): boolean {
  try {
    return readZip(bytes).some(({ name }) => name === EXCERPT_PATHS.excerpt);
  } catch {
    return false;
  }
}

/**
 * Verify an excerpt with nothing but itself: that its lines stand at their places in the transcript that was sealed, and
 * that the registered signer stated that seal. Bad evidence is reported, never thrown.
 *
 * @param bytes the whole file
 */
export function verifyExcerpt(bytes: Uint8Array, options: VerifyExcerptOptions = {}): ExcerptReport {
  const { sha256 = portableSha256, timestampRoots = [] } = options;
  const context = createExcerptContext(bytes, { sha256, timestampRoots });
  const checks = runSteps(STEPS, context);
  const verified = checks.every(({ status }) => status !== "failed");
  if (!verified) return { verified, checks, exchanges: [], disclosed: null };
  const { lines, transcript } = context.excerpt();
  return {
    verified,
    checks,
    exchanges: context.disclosed().exchanges,
    disclosed: { lines: lines.length, entries: transcript.entries },
  };
}
