import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { fitInputs } from "./fit-inputs.js";
import { readJsonRows } from "./json-rows.js";
import { jsonText } from "./json-text.js";
import { asObject } from "./json-values.js";
import { type PresentedRow, presentRows } from "./presentation.js";
import { type Presentation, presentationNote } from "./presentation-settings.js";
import type { Protocol, ReceivedAnswer } from "./protocol.js";
import { type ClassNames, type Reading, readsNames } from "./readings.js";
import { type Lone, readRow } from "./row-reading.js";
import type { TfServingDecoding } from "./tf-serving-record.js";

/** Row format ("instances" to "predictions") or column format ("inputs" to "outputs"). */
export type TfFormat = "instances" | "inputs";

/** How requests are formed. */
export interface TfEncoding {
  readonly format: TfFormat;
  /** Sent as `signature_name`, or null for the server's default. */
  readonly signature: string | null;
  /** Inputs as the model declares them; empty where it does not say. */
  readonly inputs: readonly ValueInfo[];
  readonly presentation: Presentation;
}

/** How answers are read. */
export interface TfReading {
  readonly format: TfFormat;
  /** Output to read where a model has several. */
  readonly output: string | null;
  readonly lone: Lone;
}

export interface TfServingModel extends TfEncoding, TfReading {
  readonly predict: URL;
  readonly model: string;
  readonly classes: ClassNames;
  readonly maxRows: number;
}

/** The Predict API of TensorFlow Serving over REST (tensorflow/serving, `g3doc/api_rest.md`). Pure. */
export function tfServingProtocol(served: TfServingModel): Protocol {
  const { predict, model, inputs, format, signature, presentation, output, lone, classes, maxRows } = served;
  return {
    name: "tf-serving",
    inputs: presentation.as === "numbers" ? inputs : [],
    model,
    maxRows,
    decoding: {
      protocol: "tf-serving",
      format,
      output,
      lone,
      classes,
      encoding: { signature, inputs, input: presentationNote(presentation) },
    } satisfies TfServingDecoding,
    encode: (rows) => ({
      method: "POST",
      url: predict,
      headers: { "content-type": "application/json" },
      body: tfBody(served, rows),
    }),
    ...readsNames((answer, rows) => readTfAnswer(answer, rows, served), classes),
  };
}

/** Body of a request for rows. @throws SuspectError SUSPECT_INPUTS */
export function tfBody(
  { format, signature, inputs, presentation }: TfEncoding,
  rows: Readonly<Record<string, Tensor>>,
): Uint8Array {
  // What a picture or a text is made from has not the type that the model declares.
  const fitted = presentation.as === "numbers" ? fitInputs(rows, inputs) : rows;
  const values = presentRows(fitted, presentation).map(jsonValue);
  const named = signature === null ? {} : { signature_name: signature };
  const columns = format === "instances" ? { instances: values } : { inputs: columnsOf(values, fitted) };
  return new TextEncoder().encode(jsonText({ ...named, ...columns }));
}

/** Binary values stand in an object ("Encoding binary values"). */
function jsonValue(row: PresentedRow): unknown {
  switch (row.kind) {
    case "numbers":
      return row.value;
    case "text":
      return row.text;
    case "image":
      return { b64: Buffer.from(row.png).toString("base64") };
  }
}

function columnsOf(values: readonly unknown[], inputs: Readonly<Record<string, Tensor>>): unknown {
  const names = Object.keys(inputs);
  if (names.length === 1) return values;
  return Object.fromEntries(names.map((name) => [name, values.map((row) => asObject(row)?.[name] ?? null)]));
}

/**
 * Readings of `predictions` or `outputs`.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON
 */
export function readTfAnswer(
  answer: ReceivedAnswer,
  rows: number,
  { format, output, lone }: TfReading,
): Reading[] {
  return readJsonRows(answer, rows, {
    find: (body) => {
      const found = asObject(body)?.[format === "instances" ? "predictions" : "outputs"];
      if (format === "instances") return found;
      const columns = asObject(found);
      return columns === null ? found : rowsOfColumns(columns);
    },
    read: (row) => readRow(chosen(row, output), lone),
  });
}

/** Rows as the row format has them: an object with each output's element of that row. */
function rowsOfColumns(columns: Readonly<Record<string, unknown>>): unknown[] | null {
  const lists = Object.entries(columns).filter((column): column is [string, unknown[]] =>
    Array.isArray(column[1]),
  );
  const rows = lists[0]?.[1].length;
  if (rows === undefined || lists.some(([, list]) => list.length !== rows)) return null;
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(lists.map(([name, list]) => [name, list[row]])),
  );
}

/** A lone output comes without its name. */
function chosen(row: unknown, output: string | null): unknown {
  const outputs = asObject(row);
  return outputs === null || output === null ? row : Object.hasOwn(outputs, output) ? outputs[output] : null;
}
