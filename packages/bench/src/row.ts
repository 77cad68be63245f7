import { BenchError } from "./error.js";
import { type RunFacts, runFacts } from "./facts.js";

/** One measured number; the format is part of the command line's contract. */
export interface Row {
  readonly bench: string;
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  /** Empty for pure numbers. */
  readonly unit: string;
  /** What was to be reached, such as "<= -1000", or null. */
  readonly goal: string | null;
  /** Whether it was, null without a goal. */
  readonly met: boolean | null;
  /** The single measurements behind a median, empty where there was one. */
  readonly rounds: readonly number[];
  /** What the value is compared with, in the same unit, and value / baseline. */
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly seed: number;
  /** `sha256:...` of the model's file, or null. */
  readonly model: string | null;
  readonly commit: string;
  readonly node: string;
  readonly seconds: number;
}

/** What makes one row of the rest. */
export interface Measurement {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit?: string;
  readonly goal?: string;
  /** Which number the goal speaks of, default "value". */
  readonly goalOn?: "value" | "ratio";
  readonly rounds?: readonly number[];
  readonly baseline?: number;
  /** SHA-256 of the model's file, hexadecimal. */
  readonly model?: string;
  readonly seed?: number;
  /** How long it took to measure. */
  readonly seconds: number;
}

/** A measurement of a bench; without `seconds`, those since the row before (the first: since the program began). */
export type RowInput = Omit<Measurement, "seconds"> & { readonly bench: string; readonly seconds?: number };

let rowMade = 0;

/**
 * A row of this run: commit, Node and the usual seed are filled in.
 *
 * @throws BenchError ROW_INVALID, GOAL_INVALID
 */
export function row(input: RowInput): Row {
  const { bench, ...measured } = input;
  const now = performance.now();
  const seconds = measured.seconds ?? (now - rowMade) / 1000;
  rowMade = now;
  return makeRow(runFacts(bench), { ...measured, seconds });
}

/**
 * A row, with its goal judged.
 *
 * @throws BenchError ROW_INVALID for numbers that JSON cannot hold, GOAL_INVALID
 */
export function makeRow(facts: RunFacts, measured: Measurement): Row {
  const { value, baseline = null, rounds = [], goal = null } = measured;
  for (const number of [value, measured.seconds, ...rounds, ...(baseline === null ? [] : [baseline])]) {
    if (Number.isFinite(number)) continue;
    throw new BenchError(
      "ROW_INVALID",
      `${measured.case}: ${measured.metric} is ${number}`,
      "A row holds finite numbers; report what cannot be measured as a failure.",
    );
  }
  const ratio = baseline === null || baseline === 0 ? null : value / baseline;
  const judged = measured.goalOn === "ratio" ? ratio : value;
  return {
    bench: facts.bench,
    case: measured.case,
    metric: measured.metric,
    value,
    unit: measured.unit ?? "",
    goal,
    met: goal === null ? null : judged !== null && meets(judged, goal),
    rounds,
    baseline,
    ratio,
    seed: measured.seed ?? facts.seed,
    model: measured.model === undefined ? null : `sha256:${measured.model}`,
    commit: facts.commit,
    node: facts.node,
    seconds: measured.seconds,
  };
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "<=": (value, bound) => value <= bound,
  ">=": (value, bound) => value >= bound,
  "<": (value, bound) => value < bound,
  ">": (value, bound) => value > bound,
  "==": (value, bound) => value === bound,
};

/**
 * Does a number reach a goal: a comparison, a space, a number?
 *
 * @throws BenchError GOAL_INVALID
 */
export function meets(value: number, goal: string): boolean {
  const [, operator = "", bound = ""] = /^(<=|>=|<|>|==) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(goal) ?? [];
  const compare = COMPARISONS[operator];
  if (compare === undefined) {
    throw new BenchError("GOAL_INVALID", `"${goal}" is no goal`, 'Write it like "<= -1000".');
  }
  return compare(value, Number(bound));
}
