import type { Bundle } from "./bundle.js";
import type { ConclusionFile } from "./conclusion-format.js";
import type { ObservationFile } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import type { BundleVersion } from "./manifest.js";
import { type CheckOf, runSteps, type Step } from "./run-steps.js";
import type { TraceClaim } from "./trace-claim.js";
import { TRACE_PATHS, traceIn } from "./trace-parts.js";
import type { Transcript } from "./transcript.js";
import { createVerifyContext, PATHS, type VerifyContext, type VerifyOptions } from "./verify-context.js";
import { checkBeacon, checkTimestamps } from "./verify-anchors.js";
import { checkPlan } from "./verify-plan.js";
import { checkObserver } from "./observer.js";
import {
  checkArchive,
  checkConclusion,
  checkDisclosedSubKey,
  checkMarks,
  checkObservation,
  checkRegistration,
  checkRegistrationChain,
  checkSignature,
  checkTranscript,
} from "./verify-steps.js";
import {
  checkBom,
  checkCustody,
  checkInstructions,
  checkReport,
  checkStatement,
  checkStatistics,
} from "./verify-dossier.js";
import { checkResiduals, checkStatistic } from "./verify-statistic.js";
import { TRACE_STEPS } from "./verify-trace.js";

/** Every step of a verification. */
export type CheckName =
  | "archive"
  | "registration"
  | "timestamps"
  | "beacon"
  | "signature"
  | "observation"
  | "plan"
  | "observer"
  | "transcript"
  | "conclusion"
  | "registration chain"
  | "marks"
  | "disclosure"
  | "residuals"
  | "statistic"
  | "statement"
  | "statistics"
  | "custody"
  | "report"
  | "bill of materials"
  | "instructions"
  // of traces
  | "logged queries"
  | "logged sets"
  | "customers"
  | "trace"
  | "query log"
  | "terms";

/** `since`: the version of the format that first had it; 1 where it says none. */
export type BundleStep = Step<CheckName, VerifyContext> & { readonly since?: BundleVersion };

/** What everything that a court reads is taken from. */
const DOCUMENTS = ["timestamps", "beacon", "observation", "conclusion", "registration chain"] as const;

/** The order in which evidence is checked. A step sees only what the steps it needs have found good. */
const STEPS: readonly BundleStep[] = [
  { name: "archive", needs: [], run: checkArchive },
  { name: "registration", needs: ["archive"], run: checkRegistration },
  { name: "timestamps", needs: ["archive", "registration"], run: checkTimestamps },
  { name: "beacon", needs: ["archive", "registration"], run: checkBeacon },
  { name: "signature", needs: ["archive", "registration"], run: checkSignature },
  { name: "observation", needs: ["archive", "registration"], run: checkObservation },
  { name: "plan", needs: ["archive", "registration", "observation"], run: checkPlan },
  { name: "observer", needs: ["archive", "registration", "observation"], run: checkObserver },
  { name: "transcript", needs: ["registration", "observation"], run: checkTranscript },
  { name: "conclusion", needs: ["registration", "observation", "plan", "observer"], run: checkConclusion },
  { name: "registration chain", needs: ["registration", "conclusion"], run: checkRegistrationChain },
  { name: "marks", needs: ["archive", "registration"], run: checkMarks },
  { name: "disclosure", needs: ["registration", "conclusion"], run: checkDisclosedSubKey },
  { name: "residuals", needs: ["registration", "observation"], run: checkResiduals },
  { name: "statistic", needs: ["observation", "conclusion", "disclosure", "beacon"], run: checkStatistic },
  { name: "custody", since: 2, needs: DOCUMENTS, run: checkCustody },
  { name: "statement", since: 2, needs: [...DOCUMENTS, "custody"], run: checkStatement },
  { name: "statistics", since: 2, needs: [...DOCUMENTS, "custody"], run: checkStatistics },
  { name: "report", since: 2, needs: [...DOCUMENTS, "custody", "statistics"], run: checkReport },
  { name: "bill of materials", since: 2, needs: [...DOCUMENTS, "custody", "statistics"], run: checkBom },
  { name: "instructions", since: 2, needs: ["archive", "registration"], run: checkInstructions },
];

export type Check = CheckOf<CheckName>;

export interface VerifyReport {
  /** Whether no check failed. What was not checked is in `checks`. */
  readonly verified: boolean;
  /** One for each step, in the order of the steps. */
  readonly checks: readonly Check[];
  /** What the bundle says, as far as it could be read; say it only beside the checks. */
  readonly contents: {
    readonly registration: RegistrationFile | null;
    readonly observation: ObservationFile | null;
    readonly conclusion: ConclusionFile | null;
    /** Of a trace, in place of a conclusion. */
    readonly trace: TraceClaim | null;
    readonly transcript: Transcript | null;
  };
  /** The archive with its files, null where it could not be read. */
  readonly bundle: Bundle | null;
}

/**
 * Verify a bundle with nothing but itself and, optionally, a disclosed sub-key. Bad evidence is reported, never thrown.
 *
 * @param archive the whole file, or what gives it: then it need not stay in memory beside what it unpacks to
 * @param options `onCheck` is told of each check as it is done
 */
export function verifyBundle(
  archive: Uint8Array | (() => Uint8Array),
  options: VerifyOptions & { readonly onCheck?: (check: Check) => void } = {},
): VerifyReport {
  const context = createVerifyContext(archive, options);
  const version = readable(() => context.bundle().manifest.version) ?? 1;
  const checks = runSteps(
    stepsOf(context).filter(({ since = 1 }) => since <= version),
    context,
    options.onCheck,
  );
  return {
    verified: checks.every(({ status }) => status !== "failed"),
    checks,
    contents: {
      registration: readable(() => context.registration().file),
      observation: readable(() => context.observation().file),
      conclusion: readable(() => context.conclusion()),
      trace: isTrace(context) ? readable(() => traceIn(context)) : null,
      transcript: readable(() => context.transcript()),
    },
    bundle: readable(() => context.bundle()),
  };
}

function stepsOf(context: VerifyContext): readonly BundleStep[] {
  return isTrace(context) ? TRACE_STEPS : STEPS;
}

/** A trace is told by its files: what is none of a bundle's conclusion is checked as one that lacks it. */
function isTrace(context: VerifyContext): boolean {
  const has = (path: string): boolean => readable(() => context.find(path)) !== null;
  return has(TRACE_PATHS.trace) && !has(PATHS.conclusion);
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
