import type { Answer } from "@indicia/core/suspect";

/** Classes of one answer at most: vocabularies have a few hundred thousand. */
export const MAX_CLASSES = 1_000_000;
/** Characters of a class name at most. */
const MAX_NAME = 1000;

/** The numbers or names that answer a batch, as a tensor. */
export interface BatchAnswer {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number> | readonly string[];
  /** Whole numbers by type: one of them per row is a label. */
  readonly whole: boolean;
}

/**
 * Answers per row. One whole number or name per row is a label, numbers are a vector.
 *
 * @param rows that were asked; more axis-0 entries than that are filling and ignored where `filled` says so
 * @param filled rows that were sent, where a fixed batch was filled up
 */
export function rowsAsAnswers(batch: BatchAnswer, rows: number, filled: number = rows): Answer[] {
  const { dims, values } = batch;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const said = `[${dims.join(", ").slice(0, 60)}]`;
  if (count !== values.length) {
    return lostRows(rows, `the answer says shape ${said} and holds ${values.length} values`);
  }
  // For one row the axis of rows may be left off.
  if (dims[0] !== filled && filled !== 1)
    return lostRows(rows, `the answer has shape ${said} for ${filled} rows`);
  const width = values.length / filled;
  if (width < 1 || width > MAX_CLASSES) return lostRows(rows, `the answer has shape ${said}`);
  return Array.from({ length: rows }, (_, row) => rowAnswer(batch, row, width));
}

function rowAnswer({ values, whole }: BatchAnswer, row: number, width: number): Answer {
  if (isText(values)) {
    return width === 1 ? labelAnswer(values[row]) : { kind: "lost", reason: "the answer is text" };
  }
  if (whole && width === 1) return labelAnswer(values[row]);
  if (values instanceof Float64Array) return vectorAnswer(values.slice(row * width, (row + 1) * width));
  return vectorAnswer(Float64Array.from({ length: width }, (_, c) => values[row * width + c] ?? Number.NaN));
}

function isText(values: BatchAnswer["values"]): values is readonly string[] {
  return Array.isArray(values) && values.some((value) => typeof value === "string");
}

/** A class, by its index or its name. */
export function labelAnswer(label: unknown): Answer {
  if (typeof label === "number" && Number.isSafeInteger(label)) return { kind: "label", label };
  if (typeof label === "string" && label !== "" && label.length <= MAX_NAME) return { kind: "label", label };
  return { kind: "lost", reason: "the answer is no label" };
}

/** NaN marks a class that was kept back; an answer of nothing else, or with an infinite number, is none. */
export function vectorAnswer(values: Float64Array): Answer {
  let numbers = 0;
  for (const value of values) {
    if (Math.abs(value) === Number.POSITIVE_INFINITY)
      return { kind: "lost", reason: "the answer holds an infinite number" };
    if (!Number.isNaN(value)) numbers += 1;
  }
  if (numbers === 0) return { kind: "lost", reason: "the answer holds no number" };
  return { kind: "vector", values };
}

export function lostRows(rows: number, reason: string): Answer[] {
  return Array.from({ length: rows }, () => ({ kind: "lost", reason }));
}
