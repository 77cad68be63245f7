import type { Asked, ServedModel } from "../defences/defence.js";
import { callerWith } from "./caller.js";

/** A classifier of ten classes that tells probabilities. */
export const TEN_CLASSES: ServedModel = {
  name: "magika",
  version: "1",
  inputs: [{ name: "x", type: "float32", dims: ["N", 2] }],
  outputs: [{ name: "p", type: "float32", dims: ["N", 10] }],
  features: false,
  scores: { output: "p", classes: 10, tail: "softmax" },
};

/** A request of one row for each value. */
export function askedFor(
  values: readonly number[],
  more: Partial<Omit<Asked, "headers" | "feeds" | "rows">> = {},
): Asked {
  const data = Float32Array.from(values.flatMap((value) => [value, 1]));
  return {
    ...callerWith({}),
    model: TEN_CLASSES,
    feeds: { x: { type: "float32", dims: [values.length, 2], data } },
    rows: values.length,
    suspicion: 0,
    ...more,
  };
}
