import { lostRows } from "./answers.js";
import { errorWords } from "./error-words.js";
import { parseAnswer } from "./parse-json.js";
import type { ReceivedAnswer } from "./protocol.js";
import type { Reading } from "./readings.js";

/** Where the rows stand in an answer in JSON, and how each is read. */
export interface RowsReader {
  /** @returns the list with an element per row; anything else where there is none */
  readonly find: (body: unknown) => unknown;
  readonly read: (part: unknown) => Reading;
}

/**
 * Readings of an answer in JSON that lists them.
 *
 * @returns one per row
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON
 */
export function readJsonRows(answer: ReceivedAnswer, rows: number, { find, read }: RowsReader): Reading[] {
  const refusal = statusReason(answer);
  if (refusal !== null) return lostRows(rows, refusal);
  const parts = find(parseAnswer(answer.body));
  if (Array.isArray(parts) && parts.length === rows) return parts.map(read);
  const found = Array.isArray(parts) ? `${parts.length} elements` : "no list";
  return lostRows(rows, `the answer holds ${found} for ${rows} rows`);
}

/** Why an answer of this status is none, in the server's own words where it has some; null where it is one. */
export function statusReason({ status, body }: ReceivedAnswer): string | null {
  return status >= 200 && status <= 299 ? null : `HTTP status ${status}${errorWords(body)}`;
}
