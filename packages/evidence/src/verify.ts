import { EvidenceError, type EvidenceErrorCode } from "./error.js";
import type { ConclusionFile, ObservationFile, RegistrationFile } from "./formats.js";
import type { BundleVersion } from "./manifest.js";
import type { TraceClaim } from "./trace-claim.js";
import { TRACE_PATHS, traceIn } from "./trace-parts.js";
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
  type StepResult,
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
  | "customers"
  | "trace"
  | "terms";

/** One step of a verification. */
export interface Step {
  readonly name: CheckName;
  /** Version of the format that first had it; 1 where it says none. */
  readonly since?: BundleVersion;
  /** Steps without which this one would say nothing. */
  readonly needs: readonly CheckName[];
  /** @throws EvidenceError where the evidence is not as it should be */
  readonly run: (context: VerifyContext) => StepResult;
}

/** What everything that a court reads is taken from. */
const DOCUMENTS = ["timestamps", "beacon", "observation", "conclusion", "registration chain"] as const;

/** The order in which evidence is checked. A step sees only what the steps it needs have found good. */
const STEPS: readonly Step[] = [
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

export interface Check {
  readonly name: CheckName;
  readonly status: "passed" | "failed" | "not checked";
  /** What was found, or why it failed or was not checked. */
  readonly detail: string;
  /** Present where it failed. */
  readonly code?: EvidenceErrorCode;
}

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
  };
}

/**
 * Verify a bundle with nothing but itself and, optionally, a disclosed sub-key. Bad evidence is reported, never thrown.
 *
 * @param bytes the whole file
 */
export function verifyBundle(bytes: Uint8Array, options: VerifyOptions = {}): VerifyReport {
  const context = createVerifyContext(bytes, options);
  const checks: Check[] = [];
  const version = readable(() => context.bundle().manifest.version) ?? 1;
  for (const step of stepsOf(context)) {
    if ((step.since ?? 1) <= version) checks.push(runStep(step, context, checks));
  }
  return {
    verified: checks.every(({ status }) => status !== "failed"),
    checks,
    contents: {
      registration: readable(() => context.registration().file),
      observation: readable(() => context.observation().file),
      conclusion: readable(() => context.conclusion()),
      trace: isTrace(context) ? readable(() => traceIn(context)) : null,
    },
  };
}

function stepsOf(context: VerifyContext): readonly Step[] {
  return isTrace(context) ? TRACE_STEPS : STEPS;
}

/** A trace is told by its files: what is none of a bundle's conclusion is checked as one that lacks it. */
function isTrace(context: VerifyContext): boolean {
  const has = (path: string): boolean => readable(() => context.find(path)) !== null;
  return has(TRACE_PATHS.trace) && !has(PATHS.conclusion);
}

function runStep(step: Step, context: VerifyContext, before: readonly Check[]): Check {
  const { name } = step;
  const missing = step.needs.filter(
    (need) => before.find((check) => check.name === need)?.status !== "passed",
  );
  if (missing.length > 0) return { name, status: "not checked", detail: `needs ${missing.join(" and ")}` };
  try {
    const result = step.run(context);
    return "passed" in result
      ? { name, status: "passed", detail: result.passed }
      : { name, status: "not checked", detail: result.notChecked };
  } catch (error) {
    const detail = error instanceof Error ? error.message : "could not be read";
    // Whatever hostile bytes provoke in code that did not foresee them is one more failure of the evidence.
    const code = error instanceof EvidenceError ? error.code : "EVIDENCE_UNREADABLE";
    return { name, status: "failed", detail, code };
  }
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
