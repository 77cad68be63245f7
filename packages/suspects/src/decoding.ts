import type { Answer } from "@indicia/core/suspect";
import { decodeAnswer } from "./ask-endpoint.js";
import { SuspectError } from "./error.js";
import { decodeJson } from "./json.js";
import { readJsonAnswer } from "./json-config.js";
import { asObject } from "./json-values.js";
import { decodeInfer } from "./oip-decode.js";
import { createOneForm } from "./one-form.js";
import { recordedAnswers } from "./onnx-black-box.js";
import type { Decoder, Decoding, ReceivedAnswer } from "./protocol.js";

/**
 * A decoder for the answers of one record, from what the record says of itself. Nothing is asked, so that anybody can
 * decode a transcript again.
 *
 * @param noted the record's note of how to decode
 * @returns to be called in the record's order, as an examination did
 * @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write
 */
export function recordedDecoder(noted: unknown): (answer: ReceivedAnswer, rows: number) => Answer[] {
  const decoding = readDecoding(noted);
  if (decoding.protocol === "onnx-black-box") return ({ body }, rows) => recordedAnswers(body, rows);
  const form = createOneForm();
  const decoder = decoderOf(decoding);
  return (answer, rows) => form.hold(decodeAnswer(decoder, answer, rows).answers);
}

/** Whether a record's note of how to decode says which class each name stands for: a choice of whoever asked. */
export function ordersClasses(noted: unknown): boolean {
  const decoding = readDecoding(noted);
  if (decoding.protocol !== "json") return false;
  const { kind, classes } = readJsonAnswer(decoding.answer);
  return classes !== null && kind !== "vector";
}

function decoderOf(decoding: Exclude<Decoding, { protocol: "onnx-black-box" }>): Decoder {
  switch (decoding.protocol) {
    case "oip": {
      const { output, fixedRows } = decoding;
      return { decode: (answer, rows) => decodeInfer(answer, { output, rows, sent: fixedRows ?? rows }) };
    }
    case "json": {
      const settings = readJsonAnswer(decoding.answer);
      return { decode: (answer, rows) => decodeJson(answer, rows, settings) };
    }
  }
}

function readDecoding(noted: unknown): Decoding {
  const { protocol, output, fixedRows, answer } = asObject(noted) ?? {};
  switch (protocol) {
    case "oip":
      if ((typeof output === "string" || output === null) && isCount(fixedRows))
        return { protocol, output, fixedRows };
      break;
    case "json":
      return { protocol, answer: asObject(answer) ?? {} };
    case "onnx-black-box":
      return { protocol };
    default:
  }
  throw new SuspectError(
    "SUSPECT_PROTOCOL",
    "the record does not say how its answers are decoded",
    "It was not written by this program, or was changed.",
  );
}

function isCount(value: unknown): value is number | null {
  return value === null || (typeof value === "number" && Number.isInteger(value) && value > 0);
}
