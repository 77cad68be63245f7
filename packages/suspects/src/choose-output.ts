import type { ElementType, ValueInfo } from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";

/** Outputs that an error lists. */
const LISTED = 10;

/**
 * The output to read of those that an endpoint declares: the one that is wanted, or else the likeliest.
 *
 * @param outputs empty where the endpoint does not say
 * @returns null where no output can be read
 * @throws SuspectError SUSPECT_OUTPUT_UNKNOWN
 */
export function requireOutput(outputs: readonly ValueInfo[], wanted: string | null): string | null {
  if (wanted === null || outputs.length === 0) return wanted ?? chooseOutput(outputs);
  if (outputs.some(({ name }) => name === wanted)) return wanted;
  throw new SuspectError(
    "SUSPECT_OUTPUT_UNKNOWN",
    `the model has no output "${wanted.slice(0, 100)}"`,
    `It has ${outputs
      .slice(0, LISTED)
      .map(({ name }) => `"${name.slice(0, 100)}"`)
      .join(", ")}.`,
  );
}

/**
 * The output that most likely holds the answer: scores per class before anything else, then a label, then a lone
 * number. The first of its kind, as they are declared.
 *
 * @returns null where no output can be read
 */
export function chooseOutput(outputs: readonly ValueInfo[]): string | null {
  const ranked = outputs
    .map((output) => ({ name: output.name, rank: rankOf(output) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  return ranked[0]?.name ?? null;
}

function rankOf({ type, dims }: ValueInfo): number | null {
  if (type === null) return null;
  const classAxis = dims === null || (dims.length > 1 && dims.at(-1) !== 1);
  if (isFloat(type)) return classAxis ? 0 : 3;
  return classAxis && type !== "string" ? 1 : 2;
}

function isFloat(type: ElementType): boolean {
  return type.startsWith("float") || type === "bfloat16";
}
