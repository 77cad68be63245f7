import { EvidenceError, type EvidenceErrorCode } from "./error.js";

/** What a step found, in words; null where there was nothing to check, with the reason. */
export type StepResult = { readonly passed: string } | { readonly notChecked: string };

/** One step of a verification. */
export interface Step<Name extends string, Context> {
  readonly name: Name;
  /** Steps without which this one would say nothing. */
  readonly needs: readonly Name[];
  /** @throws EvidenceError where the evidence is not as it should be */
  readonly run: (context: Context) => StepResult;
}

/** What a step came to. */
export interface CheckOf<Name extends string> {
  readonly name: Name;
  readonly status: "passed" | "failed" | "not checked";
  /** What was found, or why it failed or was not checked. */
  readonly detail: string;
  /** Present where it failed. */
  readonly code?: EvidenceErrorCode;
}

/**
 * Run steps in order. A step sees only what the steps it needs have found good; nothing is thrown.
 *
 * @param onCheck is told of each as it is done, for whoever shows progress
 */
export function runSteps<Name extends string, Context>(
  steps: readonly Step<Name, Context>[],
  context: Context,
  onCheck?: (check: CheckOf<Name>) => void,
): CheckOf<Name>[] {
  const checks: CheckOf<Name>[] = [];
  for (const step of steps) {
    const check = runStep(step, context, checks);
    checks.push(check);
    onCheck?.(check);
  }
  return checks;
}

function runStep<Name extends string, Context>(
  { name, needs, run }: Step<Name, Context>,
  context: Context,
  before: readonly CheckOf<Name>[],
): CheckOf<Name> {
  const missing = needs.filter((need) => before.find((check) => check.name === need)?.status !== "passed");
  if (missing.length > 0) return { name, status: "not checked", detail: `needs ${missing.join(" and ")}` };
  try {
    const result = run(context);
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
