import type { Answer } from "@indicia/core/suspect";
import { decodeAnswer } from "./ask-endpoint.js";
import { createOneForm } from "./one-form.js";
import type { ReceivedAnswer } from "./protocol.js";
import { readRecord } from "./records.js";

/**
 * A decoder for the answers of one record, from what the record says of itself. Nothing is asked, so that anybody can
 * decode a transcript again.
 *
 * @param noted the record's note of how to decode
 * @returns to be called in the record's order, as an examination did
 * @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write
 */
export function recordedDecoder(noted: unknown): (answer: ReceivedAnswer, rows: number) => Answer[] {
  const { noted: note, reader } = readRecord(noted);
  const decoder = reader.decoder(note);
  // A file has the form that it has.
  if (note.protocol === "onnx-black-box") return (answer, rows) => decoder.decode(answer, rows);
  const form = createOneForm();
  return (answer, rows) => form.hold(decodeAnswer(decoder, answer, rows).answers);
}

/** Whether a record's note of how to decode says which class each name stands for: a choice of whoever asked. */
export function ordersClasses(noted: unknown): boolean {
  const { noted: note, reader } = readRecord(noted);
  return reader.ordersClasses?.(note) ?? false;
}
