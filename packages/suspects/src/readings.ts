import type { Answer } from "@indicia/core/suspect";
import { MAX_CLASSES, vectorAnswer } from "./answers.js";
import type { Protocol, ReceivedAnswer } from "./protocol.js";
import { badSetting } from "./settings.js";

/** What one row brought back, before names of classes are given their places. */
export type Reading = Answer | { readonly kind: "scores"; readonly scores: ReadonlyMap<string, number> };

/**
 * Which class of the reference each name means: names in the reference's order, or the number of classes where names are
 * their indices ("3", "LABEL_3"), or null where nobody has said.
 */
export type ClassNames = readonly string[] | number | null;

/** What stands for the names in a configuration that leaves it to whoever asks to find them out. */
export const AUTO = "auto";

/** Names that number their classes, as servers make them up where a model has none. */
const NUMBERED = /^(?:LABEL_|class_)?(\d{1,7})$/i;

/** @throws SuspectError SUSPECT_CONFIG */
export function readClassNames(value: unknown): ClassNames {
  if (value === undefined || value === null || value === AUTO) return null;
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_CLASSES) return value;
  const names = Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  if (!Array.isArray(value) || names.length === 0 || names.length !== value.length) {
    throw badSetting(`"classes" is neither a list of names, nor their number, nor "${AUTO}"`);
  }
  if (new Set(names).size !== names.length) throw badSetting('"classes" names a class twice');
  return names;
}

/** Reads the rows of an answer, and puts names in their places where they are known. */
export function readsNames(
  read: (answer: ReceivedAnswer, rows: number) => Reading[],
  classes: ClassNames,
): Required<Pick<Protocol, "read" | "decode">> {
  return {
    read,
    decode: (answer, rows) => read(answer, rows).map((reading) => placed(reading, classes)),
  };
}

/** What an answer says, with the names that it holds where its protocol has any. @throws SuspectError as decoding does */
export function readAnswer(
  protocol: Pick<Protocol, "read" | "decode">,
  answer: ReceivedAnswer,
  rows: number,
): Reading[] {
  return protocol.read?.(answer, rows) ?? protocol.decode(answer, rows);
}

/** Index that a name like "LABEL_3" carries, or null. */
export function numberedClass(name: string): number | null {
  const found = NUMBERED.exec(name)?.[1];
  return found === undefined ? null : Number(found);
}

/** A reading with each name in its place. Classes that are not named were kept back. */
export function placed(reading: Reading, classes: ClassNames): Answer {
  switch (reading.kind) {
    case "lost":
      return reading;
    case "label":
      return typeof reading.label === "number" || classes === null
        ? reading
        : placedLabel(reading.label, classes);
    case "vector": {
      const expected = countOf(classes) ?? reading.values.length;
      if (reading.values.length === expected) return reading;
      return lost(`the answer holds ${reading.values.length} numbers for ${expected} classes`);
    }
    case "scores":
      return placedScores(reading.scores, classes);
  }
}

/** Scores by name; a name that comes twice contradicts itself. */
export function scoresReading(entries: readonly (readonly [name: string, score: unknown])[]): Reading {
  const scores = new Map<string, number>();
  for (const [name, score] of entries) {
    if (score !== null && typeof score !== "number")
      return lost("the answer holds a score that is no number");
    if (scores.has(name)) return lost(`the answer names the class "${name.slice(0, 60)}" twice`);
    scores.set(name, score ?? Number.NaN);
  }
  return scores.size === 0 ? lost("the answer holds no scores") : { kind: "scores", scores };
}

function placedLabel(name: string, classes: readonly string[] | number): Answer {
  const label = indexOf(name, classes);
  return label === null
    ? lost(`the answer names the unknown class "${name.slice(0, 60)}"`)
    : { kind: "label", label };
}

function placedScores(scores: ReadonlyMap<string, number>, classes: ClassNames): Answer {
  const count = countOf(classes);
  if (classes === null || count === null) {
    const [first = ""] = scores.keys();
    return lost(
      `the answer names classes, such as "${first.slice(0, 60)}", and nobody has said which they are ("classes" in --config)`,
    );
  }
  const values = new Float64Array(count).fill(Number.NaN);
  if (typeof classes !== "number") {
    for (const [c, name] of classes.entries()) values[c] = scores.get(name) ?? Number.NaN;
    return vectorAnswer(values);
  }
  for (const [name, score] of scores) {
    const label = indexOf(name, classes);
    if (label !== null) values[label] = score;
  }
  return vectorAnswer(values);
}

function indexOf(name: string, classes: readonly string[] | number): number | null {
  if (typeof classes === "number") {
    const index = numberedClass(name);
    return index !== null && index < classes ? index : null;
  }
  const index = classes.indexOf(name);
  return index < 0 ? null : index;
}

function countOf(classes: ClassNames): number | null {
  return classes === null || typeof classes === "number" ? classes : classes.length;
}

function lost(reason: string): Extract<Answer, { kind: "lost" }> {
  return { kind: "lost", reason };
}
