import type { Answer } from "@indicia/core/suspect";

/** Classes of one answer at most: vocabularies have a few hundred thousand. */
const MAX_CLASSES = 1_000_000;

/**
 * Numbers of a batch as answers per row: one number per row is a label where it is a whole number and its type says so,
 * otherwise every row is a vector.
 *
 * @param labels whether the numbers are integers by type
 */
export function rowsAsAnswers(numbers: ArrayLike<number>, rows: number, labels: boolean): Answer[] {
  const width = numbers.length / rows;
  if (!Number.isInteger(width) || width < 1 || width > MAX_CLASSES) {
    return lostRows(rows, `${numbers.length} numbers do not divide over ${rows} rows`);
  }
  return Array.from({ length: rows }, (_, row): Answer => {
    if (labels && width === 1) return labelAnswer(numbers[row]);
    const values = Float64Array.from({ length: width }, (__, c) => numbers[row * width + c] ?? Number.NaN);
    return vectorAnswer(values);
  });
}

export function labelAnswer(label: unknown): Answer {
  if (typeof label === "number" && Number.isSafeInteger(label)) return { kind: "label", label };
  if (typeof label === "string" && label.length <= 1000) return { kind: "label", label };
  return { kind: "lost", reason: "the answer is no label" };
}

/** NaN marks a class that was kept back; an answer of nothing else, or with an infinite number, is none. */
export function vectorAnswer(values: Float64Array): Answer {
  if (values.some((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)) {
    return { kind: "lost", reason: "the answer holds an infinite number" };
  }
  if (values.every(Number.isNaN)) return { kind: "lost", reason: "the answer holds no number" };
  return { kind: "vector", values };
}

export function lostRows(rows: number, reason: string): Answer[] {
  return Array.from({ length: rows }, () => ({ kind: "lost", reason }));
}
