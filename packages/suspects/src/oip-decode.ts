import type { Answer } from "@indicia/core/suspect";
import type { ValueInfo } from "@indicia/onnx/tensor";
import { lostRows, rowsAsAnswers } from "./answers.js";
import { chooseOutput } from "./choose-output.js";
import { elementTypeOf, isWhole, rawValues } from "./datatypes.js";
import { SuspectError } from "./error.js";
import { errorWords } from "./error-words.js";
import { asObject, asText, flatNumbers, flatStrings, objectsOf } from "./json-values.js";
import { JSON_LENGTH } from "./oip-encode.js";
import { parseAnswer } from "./parse-json.js";
import type { ReceivedAnswer } from "./protocol.js";

type JsonObject = Readonly<Record<string, unknown>>;

/** How to read an answer. */
export interface DecodeOptions {
  /** Output to read, or null for the one that {@link chooseOutput} finds in the answer. */
  readonly output: string | null;
  /** Rows that were asked, and rows that were sent: more where a fixed batch was filled up. */
  readonly rows: number;
  readonly sent: number;
}

/**
 * The answers in an inference response ("Inference Response JSON Object"), or the reason why there are none.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no such response
 */
export function decodeInfer(answer: ReceivedAnswer, { output, rows, sent }: DecodeOptions): Answer[] {
  if (answer.status !== 200) return lostRows(rows, `HTTP status ${answer.status}${errorWords(answer.body)}`);
  const stated = answer.headers[JSON_LENGTH];
  const jsonLength = stated === undefined ? answer.body.length : Number(stated);
  if (!Number.isSafeInteger(jsonLength) || jsonLength < 0 || jsonLength > answer.body.length) {
    throw foreign("it states a wrong header length");
  }
  const json = asObject(parseAnswer(answer.body.subarray(0, jsonLength)));
  if (!Array.isArray(json?.["outputs"])) throw foreign("it has no outputs");
  const outputs = objectsOf(json["outputs"]);
  const name = output ?? chooseOutput(outputs.map(declaration));
  const chosen = outputs.find((each) => each["name"] === name);
  if (name === null || chosen === undefined) {
    return lostRows(rows, name === null ? "the answer has no output" : `the answer has no output "${name}"`);
  }
  const datatype = asText(chosen["datatype"]);
  const values = valuesOf(chosen, datatype, outputs, answer.body.subarray(jsonLength));
  const dims = shapeOf(chosen);
  if (values === null || dims === null) return lostRows(rows, "the answer's output cannot be read");
  return rowsAsAnswers({ dims, values, whole: isWhole(datatype) }, rows, sent);
}

/** An input or output as metadata and answers describe it; -1 is an open dimension. */
export function declaration(each: JsonObject): ValueInfo {
  const { name, datatype, shape } = each;
  const dims = Array.isArray(shape)
    ? shape.map((dim) => (Number.isSafeInteger(dim) && Number(dim) >= 0 ? Number(dim) : null))
    : null;
  return { name: asText(name), type: elementTypeOf(asText(datatype)), dims };
}

function shapeOf({ shape }: JsonObject): number[] | null {
  if (!Array.isArray(shape)) return null;
  return shape.every((dim) => Number.isSafeInteger(dim) && Number(dim) >= 0) ? shape.map(Number) : null;
}

function valuesOf(
  chosen: JsonObject,
  datatype: string,
  outputs: readonly JsonObject[],
  binary: Uint8Array,
): ArrayLike<number> | string[] | null {
  const { data } = chosen;
  if (data !== undefined) return elementTypeOf(datatype) === "string" ? flatStrings(data) : flatNumbers(data);
  let offset = 0;
  for (const each of outputs) {
    const size = asObject(each["parameters"])?.["binary_data_size"] ?? 0;
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return null;
    if (offset + size > binary.length) return null;
    if (each === chosen) return rawValues(binary.subarray(offset, offset + size), datatype);
    offset += size;
  }
  return null;
}

function foreign(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `the endpoint's answer is none of the Open Inference Protocol: ${reason}`,
    "Check the address and --protocol.",
  );
}
