import type { LearnedAccess } from "@indicia/core/answer-kind";
import type { Answer } from "@indicia/core/suspect";
import type { ValueInfo } from "@indicia/onnx/tensor";
import type { SuspectErrorCode } from "./error.js";
import { numberedClass, placed, type Reading } from "./readings.js";

/** What an endpoint reveals to a handful of questions; plain JSON. */
export interface Inspection {
  /** Whether anything answered at that address. */
  readonly reachable: boolean;
  /** Why it cannot be asked, or can no more; null where it answered. */
  readonly error: {
    readonly code: SuspectErrorCode;
    readonly message: string;
    readonly hint: string;
  } | null;
  readonly protocol: string;
  readonly model: string | null;
  /** Inputs as it declares them; empty where it does not say. */
  readonly inputs: readonly ValueInfo[];
  /** Null where no row was answered. */
  readonly answers: AnswersSeen | null;
  /** The same rows asked twice. */
  readonly repeats: Repeats | null;
  readonly latencyMs: { readonly least: number; readonly median: number; readonly most: number } | null;
  /** Rows of one request that the protocol would send, and most that were answered in one. */
  readonly rowsPerRequest: { readonly offered: number; readonly answered: number };
  /** Headers by which it speaks of limits, as they came last. */
  readonly rateLimits: Readonly<Record<string, string>>;
  readonly server: string | null;
  /** What it cost: requests of all kinds, and rows. */
  readonly requests: number;
  readonly rows: number;
  /** Rows without a usable answer, and the first reason. */
  readonly lost: { readonly rows: number; readonly reason: string | null };
}

/** What its answers look like. */
export interface AnswersSeen extends LearnedAccess {
  /** Classes of an answer; null where it keeps some back or says labels alone. */
  readonly classes: number | null;
  /** Names of classes that came, as they came. */
  readonly names: readonly string[];
  /** Whether the names have to be given their places ("classes"), before it can be examined. */
  readonly unplaced: boolean;
  /** Names in the order of the numbers in them, where all are numbered; null otherwise. */
  readonly numbered: readonly string[] | null;
}

export interface Repeats {
  readonly rows: number;
  /** Rows that were not answered the same both times. */
  readonly differing: number;
  /** Largest difference between two numbers; 0 where all are equal, and for labels. */
  readonly largest: number;
}

/** Two readings of the same row, by two requests. */
export type ReadTwice = readonly [Reading, Reading];

/**
 * What readings say of a suspect's answers.
 *
 * @param learn `learnAccess` of the core
 * @returns null where none is usable
 */
export function answersSeen(
  readings: readonly Reading[],
  learn: (answers: readonly Answer[]) => LearnedAccess,
): AnswersSeen | null {
  const usable = readings.filter(({ kind }) => kind !== "lost");
  if (usable.length === 0) return null;
  const names = [...new Set(usable.flatMap(namesOf))];
  const access = learn(usable.map((reading) => placed(reading, reading.kind === "scores" ? names : null)));
  const widths = usable.flatMap((reading) => (reading.kind === "vector" ? [reading.values.length] : []));
  const complete = usable.every(
    (reading) => reading.kind !== "scores" || reading.scores.size === names.length,
  );
  const [width = complete && names.length > 0 && access.access !== "labels" ? names.length : null] = widths;
  const indices = names.map(numberedClass);
  return {
    ...access,
    classes: width,
    names,
    unplaced: usable.some(({ kind }) => kind === "scores") || usable.some(isNamed),
    numbered:
      names.length > 0 && indices.every((index) => index !== null)
        ? names.toSorted((a, b) => (numberedClass(a) ?? 0) - (numberedClass(b) ?? 0))
        : null,
  };
}

function namesOf(reading: Reading): string[] {
  if (reading.kind === "scores") return [...reading.scores.keys()];
  return reading.kind === "label" && typeof reading.label === "string" ? [reading.label] : [];
}

/** A name that carries no index is no class of the reference yet. */
function isNamed(reading: Reading): boolean {
  return (
    reading.kind === "label" && typeof reading.label === "string" && !Number.isInteger(Number(reading.label))
  );
}

/** How answers to the same rows differ. Lost ones say nothing. */
export function repeatsSeen(pairs: readonly ReadTwice[]): Repeats | null {
  const usable = pairs.filter((pair) => pair.every(({ kind }) => kind !== "lost"));
  if (usable.length === 0) return null;
  const differences = usable.map(([one, other]) => difference(one, other));
  return {
    rows: usable.length,
    differing: differences.filter((each) => each !== 0).length,
    largest: differences.reduce((most, each) => (Number.isFinite(each) ? Math.max(most, each) : most), 0),
  };
}

/** Largest difference between numbers of the same class; infinite where there is nothing to subtract. */
function difference(one: Reading, other: Reading): number {
  if (one.kind === "label" && other.kind === "label")
    return one.label === other.label ? 0 : Number.POSITIVE_INFINITY;
  const [a, b] = [numbersOf(one), numbersOf(other)];
  if (a === null || b === null || a.size !== b.size) return Number.POSITIVE_INFINITY;
  return Math.max(
    0,
    ...[...a].map(([name, value]) => {
      const again = b.get(name);
      if (again === undefined || Number.isNaN(value) !== Number.isNaN(again)) return Number.POSITIVE_INFINITY;
      return Number.isNaN(value) ? 0 : Math.abs(value - again);
    }),
  );
}

function numbersOf(reading: Reading): ReadonlyMap<string, number> | null {
  if (reading.kind === "scores") return reading.scores;
  return reading.kind === "vector"
    ? new Map([...reading.values].map((value, c): [string, number] => [String(c), value]))
    : null;
}
