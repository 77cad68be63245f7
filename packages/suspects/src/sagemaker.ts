import type { Tensor } from "@indicia/onnx/tensor";
import { lostRows } from "./answers.js";
import { jsonLeaves } from "./datatypes.js";
import { decodeJson, filledBody } from "./json.js";
import { type JsonAnswer, jsonAnswerSettings } from "./json-config.js";
import { readJsonRows, statusReason } from "./json-rows.js";
import { jsonText } from "./json-text.js";
import { asObject } from "./json-values.js";
import { parseAnswer } from "./parse-json.js";
import { presentRows } from "./presentation.js";
import { type Presentation, presentationNote } from "./presentation-settings.js";
import type { EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";
import { type ClassNames, type Reading, readsNames } from "./readings.js";
import { type Lone, readRow } from "./row-reading.js";
import type { SageMakerDecoding } from "./sagemaker-record.js";

/** What containers commonly take (SageMaker Developer Guide, "Common data formats for inference"). */
export type SageMakerContent = "application/json" | "text/csv" | "application/x-image" | "text/plain";

export interface SageMakerEncoding {
  readonly content: SageMakerContent;
  /** Template of a JSON body (see `fillTemplate`), or null for `{"instances": [...]}`. */
  readonly request: unknown;
  readonly presentation: Presentation;
}

export interface SageMakerReading {
  readonly lone: Lone;
  /** Where a JSON answer holds what, or null for the forms that are known. */
  readonly answer: JsonAnswer | null;
}

export interface SageMakerModel extends SageMakerEncoding, SageMakerReading {
  readonly url: URL;
  readonly model: string | null;
  readonly classes: ClassNames;
  readonly maxRows: number;
}

/** Invocations of a SageMaker endpoint (SageMaker API, `InvokeEndpoint`), or of a container that takes them. Pure. */
export function sageMakerProtocol(served: SageMakerModel): Protocol {
  const { url, model, content, request, presentation, lone, answer, classes, maxRows } = served;
  return {
    name: "sagemaker",
    inputs: [],
    model,
    maxRows: content === "application/x-image" || content === "text/plain" ? 1 : maxRows,
    decoding: {
      protocol: "sagemaker",
      lone,
      classes,
      answer: answer === null ? null : jsonAnswerSettings(answer),
      encoding: {
        content,
        request: request === null ? null : jsonText(request),
        input: presentationNote(presentation),
      },
    } satisfies SageMakerDecoding,
    encode: (rows) => ({
      method: "POST",
      url,
      headers: { "content-type": content },
      body: sageMakerBody(served, rows),
    }),
    ...readsNames((received, rows) => readSageMakerAnswer(received, rows, served), classes),
  };
}

/** Body of a request for rows. @throws SuspectError SUSPECT_INPUTS */
export function sageMakerBody(
  { content, request, presentation }: SageMakerEncoding,
  rows: Readonly<Record<string, Tensor>>,
): EncodedRequest["body"] {
  if (content === "text/csv") return new TextEncoder().encode(csvOf(rows));
  if (content === "application/json" && request !== null) return filledBody(request, rows);
  const presented = presentRows(rows, presentation);
  if (content === "application/json") {
    const instances = presented.map((row) =>
      row.kind === "numbers"
        ? row.value
        : row.kind === "text"
          ? row.text
          : { b64: Buffer.from(row.png).toString("base64") },
    );
    return new TextEncoder().encode(jsonText({ instances }));
  }
  const [row] = presented;
  if (row?.kind === "image") return row.png;
  return new TextEncoder().encode(row?.kind === "text" ? row.text : "");
}

/** A line per row: the numbers of all inputs, one behind the other. */
function csvOf(rows: Readonly<Record<string, Tensor>>): string {
  const inputs = Object.values(rows).map((tensor) => ({
    leaves: jsonLeaves(tensor),
    count: tensor.dims[0] ?? 0,
  }));
  const count = inputs[0]?.count ?? 0;
  const lines = Array.from({ length: count }, (_, row) =>
    inputs.flatMap(({ leaves }) => {
      const width = leaves.length / Math.max(1, count);
      return leaves.slice(row * width, (row + 1) * width).map((leaf) => csvField(leaf));
    }),
  );
  return lines.map((fields) => fields.join(",")).join("\n");
}

/** RFC 4180, section 2. */
function csvField(leaf: number | bigint | boolean | string): string {
  if (typeof leaf === "boolean") return leaf ? "1" : "0";
  const text = String(leaf);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Readings by the content type of the answer: JSON, JSON lines or CSV.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON where it should be
 */
export function readSageMakerAnswer(
  received: ReceivedAnswer,
  rows: number,
  { lone, answer }: SageMakerReading,
): Reading[] {
  if (answer !== null) return decodeJson(received, rows, answer);
  const refusal = statusReason(received);
  if (refusal !== null) return lostRows(rows, refusal);
  const content = received.headers["content-type"] ?? "";
  const read = (part: unknown): Reading => readRow(part, lone);
  if (/^text\/csv\b/i.test(content)) {
    return listed(csvRows(new TextDecoder().decode(received.body), rows), rows, read);
  }
  if (/^application\/(x-)?json-?lines\b/i.test(content)) {
    const lines = new TextDecoder()
      .decode(received.body)
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (lines.length !== rows)
      return lostRows(rows, `the answer holds ${lines.length} lines for ${rows} rows`);
    return lines.map((line) => read(parseAnswer(new TextEncoder().encode(line))));
  }
  return readJsonRows(received, rows, { find: (body) => rowsOfBody(body, rows), read });
}

/** The list of rows in a body: its `predictions`, the body itself, or for one row a list that is its answer. */
function rowsOfBody(body: unknown, rows: number): unknown {
  const object = asObject(body);
  const list = object === null ? body : (object["predictions"] ?? object["outputs"]);
  if (Array.isArray(list)) return rows === 1 && list.length !== 1 ? [list] : list;
  return object !== null && list === undefined && rows === 1 ? [object] : list;
}

function listed(parts: readonly unknown[], rows: number, read: (part: unknown) => Reading): Reading[] {
  return parts.length === rows
    ? parts.map(read)
    : lostRows(rows, `the answer holds ${parts.length} lines for ${rows} rows`);
}

/** A line per row, or one line with a field per row. */
function csvRows(text: string, rows: number): unknown[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const fields = lines.map((line) => line.split(",").map(csvValue));
  const [first] = fields;
  if (fields.length === 1 && rows > 1 && first?.length === rows) return first;
  return fields.map((row) => (row.length === 1 ? row[0] : row));
}

function csvValue(field: string): unknown {
  const text = field.trim().replace(/^"(.*)"$/, "$1");
  if (/^-?nan$/i.test(text)) return null;
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? text : number;
}
