import { decodeJson, filledBody } from "./json.js";
import { type JsonAnswer, readJsonAnswer } from "./json-config.js";
import { asObject, asText } from "./json-values.js";
import { parseJson } from "./parse-json.js";
import type { Decoding } from "./protocol.js";
import { foreignEncoding, type RecordReader } from "./record-reader.js";

/** The note of an endpoint that its configuration describes. Records of before do not have `encoding`. */
export interface JsonDecoding extends Decoding {
  readonly protocol: "json";
  /** The configuration's `answer`. */
  readonly answer: Readonly<Record<string, unknown>>;
  /** The configuration's `request` as text: the record sorts names, and requests do not. */
  readonly encoding?: { readonly request: string };
}

export const JSON_RECORD: RecordReader = {
  decoder: (noted) => {
    const settings = settingsOf(noted);
    return { decode: (answer, rows) => decodeJson(answer, rows, settings) };
  },
  encoder: ({ request }) => {
    const template = parseJson(new TextEncoder().encode(asText(request)), foreignEncoding);
    return (rows) => filledBody(template, rows);
  },
  ordersClasses: (noted) => {
    const { kind, classes } = settingsOf(noted);
    return classes !== null && kind !== "vector";
  },
};

function settingsOf({ answer }: Decoding): JsonAnswer {
  return readJsonAnswer(asObject(answer) ?? {});
}
