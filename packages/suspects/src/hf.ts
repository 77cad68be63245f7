import type { Tensor } from "@indicia/onnx/tensor";
import { lostRows } from "./answers.js";
import { jsonLeaves } from "./datatypes.js";
import { SuspectError } from "./error.js";
import type { HfDecoding } from "./hf-record.js";
import { readJsonRows, statusReason } from "./json-rows.js";
import { jsonText } from "./json-text.js";
import { asObject } from "./json-values.js";
import { parseAnswer } from "./parse-json.js";
import { presentRows } from "./presentation.js";
import { type Presentation, presentationNote } from "./presentation-settings.js";
import type { EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";
import { type ClassNames, type Reading, readsNames } from "./readings.js";
import { readRow } from "./row-reading.js";

/** Seconds that are believed when a server says how long its model loads; more is a refusal, not a pause. */
const MAX_ESTIMATE_S = 3600;

export type HfTask = "text-classification" | "image-classification" | "tabular-classification";

export interface HfEncoding {
  readonly task: HfTask;
  /** Sent as `parameters`, or null for none. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  /** Names of a table's columns, or null for those of the inputs. */
  readonly columns: readonly string[] | null;
  readonly presentation: Presentation;
}

export interface HfModel extends HfEncoding {
  readonly url: URL;
  readonly model: string | null;
  readonly classes: ClassNames;
  readonly maxRows: number;
}

/** The classification tasks of Hugging Face's inference (huggingface/hub-docs, `docs/inference-providers/tasks`). Pure. */
export function hfProtocol(served: HfModel): Protocol {
  const { url, model, task, parameters, columns, presentation, classes, maxRows } = served;
  return {
    name: "hf",
    inputs: [],
    model,
    maxRows: task === "image-classification" ? 1 : maxRows,
    decoding: {
      protocol: "hf",
      task,
      classes,
      encoding: {
        parameters: parameters === null ? null : jsonText(parameters),
        columns,
        input: presentationNote(presentation),
      },
    } satisfies HfDecoding,
    encode: (rows) => ({ method: "POST", url, ...hfBody(served, rows) }),
    ...readsNames((answer, rows) => readHfAnswer(answer, rows, task), classes),
    waitMs: loadingMs,
  };
}

/** Body of a request for rows, and what it is. @throws SuspectError SUSPECT_INPUTS */
export function hfBody(
  { task, parameters, columns, presentation }: HfEncoding,
  rows: Readonly<Record<string, Tensor>>,
): Pick<EncodedRequest, "headers" | "body"> {
  const settings = parameters === null ? {} : { parameters };
  if (task === "tabular-classification")
    return json({ inputs: { data: tableOf(rows, columns) }, ...settings });
  const presented = presentRows(rows, presentation);
  if (task === "text-classification") {
    const texts = presented.map((row) => (row.kind === "text" ? row.text : ""));
    return json({ inputs: texts.length === 1 ? texts[0] : texts, ...settings });
  }
  const [row] = presented;
  const png = row?.kind === "image" ? row.png : new Uint8Array(0);
  if (parameters === null) return { headers: { "content-type": "image/png" }, body: png };
  return json({ inputs: Buffer.from(png).toString("base64"), ...settings });
}

/** Columns by name: an input with a number per row is one, a lone input of k numbers per row is k. */
function tableOf(
  rows: Readonly<Record<string, Tensor>>,
  columns: readonly string[] | null,
): Readonly<Record<string, unknown>> {
  const inputs = Object.entries(rows);
  const [lone] = inputs;
  if (inputs.length === 1 && lone !== undefined && lone[1].dims.length === 2) {
    const [count = 0, width = 0] = lone[1].dims;
    const names = columns ?? Array.from({ length: width }, (_, c) => String(c));
    if (names.length !== width) throw noTable(`a row has ${width} numbers for ${names.length} columns`);
    const leaves = jsonLeaves(lone[1]);
    return Object.fromEntries(
      names.map((name, c) => [name, Array.from({ length: count }, (_, row) => leaves[row * width + c])]),
    );
  }
  const wide = inputs.find(([, { dims }]) => dims.length > 2 || (dims[1] ?? 1) !== 1);
  if (wide !== undefined) throw noTable(`the input "${wide[0].slice(0, 60)}" has several numbers per row`);
  return Object.fromEntries(inputs.map(([name, tensor]) => [name, jsonLeaves(tensor)]));
}

function noTable(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_INPUTS",
    `the probes are no table: ${reason}`,
    'Check "columns" in --config.',
  );
}

function json(value: unknown): Pick<EncodedRequest, "headers" | "body"> {
  return {
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(jsonText(value)),
  };
}

/**
 * Readings of lists of `{label, score}`, or of a table's labels.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON
 */
export function readHfAnswer(answer: ReceivedAnswer, rows: number, task: HfTask): Reading[] {
  const read = (row: unknown): Reading => readRow(asObject(row) === null ? row : [row], "label");
  if (task === "tabular-classification") return readJsonRows(answer, rows, { find: (body) => body, read });
  if (rows !== 1) return readJsonRows(answer, rows, { find: (body) => body, read });
  const refusal = statusReason(answer);
  if (refusal !== null) return lostRows(rows, refusal);
  const body = parseAnswer(answer.body);
  // The answer to one row is its list, or a list with that list in it.
  const [first] = Array.isArray(body) && body.length === 1 && Array.isArray(body[0]) ? body : [body];
  return [read(first)];
}

/** How long a model says that it still loads. */
function loadingMs({ status, body }: ReceivedAnswer): number {
  if (status !== 503) return 0;
  try {
    const seconds = asObject(parseAnswer(body))?.["estimated_time"];
    const known = typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0;
    return known ? 1000 * Math.min(seconds, MAX_ESTIMATE_S) : 0;
  } catch {
    return 0;
  }
}
