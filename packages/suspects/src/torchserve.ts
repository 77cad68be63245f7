import type { Tensor } from "@indicia/onnx/tensor";
import { lostRows } from "./answers.js";
import { readJsonRows, statusReason } from "./json-rows.js";
import { jsonText } from "./json-text.js";
import { asObject } from "./json-values.js";
import { parseAnswer } from "./parse-json.js";
import { type PresentedRow, presentRows } from "./presentation.js";
import { type Presentation, presentationNote } from "./presentation-settings.js";
import type { EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";
import { type ClassNames, type Reading, readsNames } from "./readings.js";
import { type Lone, readRow } from "./row-reading.js";
import type { TorchServeDecoding } from "./torchserve-record.js";

/** Bytes of an answer in plain text that is the name of a class; a page of words is none. */
const MAX_PLAIN_BYTES = 1000;

/**
 * How rows are wrapped: `none` sends one row as the body, whose answer is the whole body; `json` is TorchServe's JSON
 * envelope (pytorch/serve, `ts/torch_handler/request_envelope/json.py`), which its KServe API has too.
 */
export type TorchEnvelope = "none" | "json";

export interface TorchEncoding {
  readonly envelope: TorchEnvelope;
  /** Member under which handlers look for a row ("data"), or null where rows stand for themselves. */
  readonly member: string | null;
  readonly presentation: Presentation;
}

export interface TorchServeModel extends TorchEncoding {
  readonly url: URL;
  readonly model: string | null;
  readonly lone: Lone;
  readonly classes: ClassNames;
  readonly maxRows: number;
}

/** The Inference API of TorchServe (pytorch/serve, `docs/inference_api.md`). Pure. */
export function torchServeProtocol(served: TorchServeModel): Protocol {
  const { url, model, envelope, member, presentation, lone, classes, maxRows } = served;
  return {
    name: "torchserve",
    inputs: [],
    model,
    // Without an envelope a second row of a request would be another input of the same one.
    maxRows: envelope === "none" ? 1 : maxRows,
    decoding: {
      protocol: "torchserve",
      envelope,
      lone,
      classes,
      encoding: { member, input: presentationNote(presentation) },
    } satisfies TorchServeDecoding,
    encode: (rows) => ({ method: "POST", url, ...torchBody(served, rows) }),
    ...readsNames((answer, rows) => readTorchAnswer(answer, rows, { envelope, lone }), classes),
  };
}

/** Body of a request for rows, and what it is. @throws SuspectError SUSPECT_INPUTS */
export function torchBody(
  { envelope, member, presentation }: TorchEncoding,
  rows: Readonly<Record<string, Tensor>>,
): Pick<EncodedRequest, "headers" | "body"> {
  const presented = presentRows(rows, presentation);
  if (envelope === "json")
    return json({ instances: presented.map((row) => wrapped(jsonValue(row), member)) });
  const [row] = presented;
  if (row?.kind === "text" && member === null) {
    return { headers: { "content-type": "text/plain" }, body: new TextEncoder().encode(row.text) };
  }
  if (row?.kind === "image" && member === null)
    return { headers: { "content-type": "image/png" }, body: row.png };
  return json(row === undefined ? null : wrapped(plainValue(row), member));
}

/** Within the envelope binary values are marked, and unpacked by it. */
function jsonValue(row: PresentedRow): unknown {
  return row.kind === "image" ? { b64: base64(row.png) } : plainValue(row);
}

/** Handlers of images take a text for base64 (`ts/torch_handler/vision_handler.py`). */
function plainValue(row: PresentedRow): unknown {
  switch (row.kind) {
    case "numbers":
      return row.value;
    case "text":
      return row.text;
    case "image":
      return base64(row.png);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function wrapped(value: unknown, member: string | null): unknown {
  return member === null ? value : { [member]: value };
}

function json(value: unknown): Pick<EncodedRequest, "headers" | "body"> {
  return {
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(jsonText(value)),
  };
}

/**
 * Readings of `predictions`, or of the whole body.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is neither JSON nor a name
 */
export function readTorchAnswer(
  answer: ReceivedAnswer,
  rows: number,
  { envelope, lone }: { readonly envelope: TorchEnvelope; readonly lone: Lone },
): Reading[] {
  if (envelope === "json") {
    return readJsonRows(answer, rows, {
      find: (body) => asObject(body)?.["predictions"],
      read: (row) => readRow(row, lone),
    });
  }
  const refusal = statusReason(answer);
  if (refusal !== null) return lostRows(rows, refusal);
  if (rows !== 1) return lostRows(rows, `one answer came for ${rows} rows`);
  return [readRow(plainName(answer.body) ?? parseAnswer(answer.body), lone)];
}

/** Handlers that return a text are answered with that text, without quotation marks; null for what may be JSON. */
function plainName(body: Uint8Array): string | null {
  if (body.length === 0 || body.length > MAX_PLAIN_BYTES) return null;
  const text = new TextDecoder().decode(body).trim();
  return /^[\p{L}][^<>{}[\]"\n]*$/u.test(text) && !/^(?:true|false|null|NaN|Infinity)$/.test(text)
    ? text
    : null;
}
