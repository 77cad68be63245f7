import { asObject } from "./json-values.js";
import { type BodyEncoder, foreignEncoding } from "./record-reader.js";
import { readRecord } from "./records.js";

/**
 * How the requests of one record came to be, from what the record says of itself: the same inputs give the same bytes.
 *
 * @param noted the record's note of how to decode
 * @returns null where a record of before does not say so; it throws SUSPECT_INPUTS for inputs that were never to be asked
 * @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write
 */
export function recordedEncoder(noted: unknown): BodyEncoder | null {
  const { encoding } = asObject(noted) ?? {};
  if (encoding === undefined) return null;
  const { noted: note, reader } = readRecord(noted);
  const said = asObject(encoding);
  if (said === null) throw foreignEncoding("it is no object");
  return reader.encoder(said, note);
}
