import type { ElementType, ValueInfo } from "@indicia/onnx/tensor";

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
