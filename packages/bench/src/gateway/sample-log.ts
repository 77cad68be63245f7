import type { QueryLogOptions } from "@indicia/evidence/query-log-file";
import type { AnsweredQuery } from "@indicia/evidence/query-segment-file";

/** Classes of an answer: between those of an image model and of a model of file types. */
const CLASSES = 100;
/** Bytes of a query's input as a compressed .npz: a small image, or the features of a file. */
const INPUT: Uint8Array = Uint8Array.from({ length: 400 }, (_, i) => (i * 37) % 256);

/** How the log of the bench is kept: sealed, in segments so small that many are closed and begun. */
export const SAMPLE_LOG: QueryLogOptions = {
  registration: "ab".repeat(32),
  clock: () => new Date(),
  segment: { entries: 200 },
  sealing: { kind: "sub-key", key: new Uint8Array(32).fill(7) },
};

/** An answer whose query has a number for its hash. */
export function sampleAnswer(number: number): AnsweredQuery {
  return {
    customer: `customer-${number % 10}`,
    query: number.toString(16).padStart(64, "0"),
    input: () => INPUT,
    answer: { values: Array.from({ length: CLASSES }, (_, c) => Math.fround(Math.sin(number + c))) },
    changed: false,
    request: `request-${number}`,
    account: `account-${number % 10}`,
    model: "model",
  };
}
