import { labelAnswer, MAX_CLASSES, vectorAnswer } from "./answers.js";
import { asObject, flatNumbers, objectsOf } from "./json-values.js";
import { type Reading, scoresReading } from "./readings.js";

/** What a lone whole number in an answer is: an integer may be a class or a score that happens to be whole. */
export type Lone = "label" | "score";

/** Members under which servers name the class of one answer, and its score or scores. */
const NAMES = ["label", "class", "predicted_label", "predicted_class"] as const;
const SCORES = ["score", "scores", "probability", "probabilities", "logits"] as const;

/**
 * What servers without a fixed form of answers say of one row: a list of numbers, a number, a name, an object of scores by
 * name, a list of `{label, score}` or of one-member objects, or an object with one of the members above.
 */
export function readRow(value: unknown, lone: Lone): Reading {
  if (typeof value === "string") return labelAnswer(value);
  if (typeof value === "number")
    return lone === "label" && Number.isInteger(value) ? labelAnswer(value) : vectorOf([value]);
  if (Array.isArray(value)) return readList(value);
  const object = asObject(value);
  return object === null ? lost("the answer to a row is of no known form") : readObject(object);
}

function readList(list: readonly unknown[]): Reading {
  const numbers = flatNumbers(list);
  if (numbers !== null) return vectorOf(numbers);
  const objects = objectsOf(list);
  if (objects.length === 0 || objects.length !== list.length) {
    return list.length === 1 && Array.isArray(list[0])
      ? readList(list[0])
      : lost("the answer to a row is a list of no known form");
  }
  const entries = objects.map(entryOf);
  const known = entries.filter((entry) => entry !== null);
  return known.length === entries.length
    ? scoresReading(known)
    : lost("the answer to a row lists what is no class with its score");
}

/** The class and its score, in `{label, score}` or in `{name: score}`. */
function entryOf(object: Readonly<Record<string, unknown>>): readonly [string, unknown] | null {
  const name = member(object, NAMES);
  const score = member(object, SCORES);
  if (typeof name === "string" || typeof name === "number") {
    return score === undefined ? null : [String(name), score];
  }
  const [only, ...others] = Object.entries(object);
  return only === undefined || others.length > 0 ? null : only;
}

function readObject(object: Readonly<Record<string, unknown>>): Reading {
  const score = member(object, SCORES);
  const name = member(object, NAMES);
  if (Array.isArray(score)) {
    const names = objectNames(object);
    const numbers = flatNumbers(score);
    if (numbers === null) return lost("the answer holds a score that is no number");
    return names !== null && names.length === numbers.length
      ? scoresReading(names.map((each, i) => [each, numbers[i]]))
      : vectorOf(numbers);
  }
  if (typeof score === "number") {
    // The score of a named class; beside a number it is that of a lone sigmoid.
    return typeof name === "string" ? scoresReading([[name, score]]) : vectorOf([score]);
  }
  if (typeof name === "string" || typeof name === "number") return labelAnswer(name);
  return scoresReading(Object.entries(object));
}

/** Names in the order of the scores beside them, as models with a list of classes answer. */
function objectNames(object: Readonly<Record<string, unknown>>): string[] | null {
  const list = object["classes"] ?? object["labels"];
  const names = Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
  return Array.isArray(list) && names.length === list.length ? names : null;
}

function member(object: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  const name = names.find((each) => Object.hasOwn(object, each));
  return name === undefined ? undefined : object[name];
}

function vectorOf(numbers: readonly number[]): Reading {
  if (numbers.length === 0 || numbers.length > MAX_CLASSES)
    return lost(`the answer holds ${numbers.length} numbers`);
  return vectorAnswer(Float64Array.from(numbers));
}

function lost(reason: string): Reading {
  return { kind: "lost", reason };
}
