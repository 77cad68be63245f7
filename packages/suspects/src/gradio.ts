import { labelAnswer, lostRows } from "./answers.js";
import { type GradioEncoding, gradioBody } from "./gradio-data.js";
import type { GradioDecoding } from "./gradio-record.js";
import { statusReason } from "./json-rows.js";
import { jsonText } from "./json-text.js";
import { asObject, objectsOf } from "./json-values.js";
import { parseAnswer } from "./parse-json.js";
import { presentationNote } from "./presentation-settings.js";
import type { FollowUp, Protocol, ReceivedAnswer } from "./protocol.js";
import { type ClassNames, type Reading, readsNames, scoresReading } from "./readings.js";
import { readRow } from "./row-reading.js";
import { serverSentEvents } from "./server-sent-events.js";

/** Identifiers by which an app gives answers that it has taken questions for. */
const EVENT_ID = /^[\w-]{1,128}$/;
/** Characters of an app's own words that are passed on. */
const MAX_WORDS = 200;

export interface GradioModel extends GradioEncoding {
  /** Where the function is called. */
  readonly url: URL;
  readonly model: string;
  /** Which of the components that it returns holds the answer. */
  readonly output: number;
  readonly classes: ClassNames;
}

/**
 * A function of a Gradio app, one row at a time (Gradio documentation, "Querying Gradio Apps with cURL"). An app takes the
 * request first and gives an identifier, by which its answer is fetched as a stream of events; older ones answer at once.
 * Pure.
 */
export function gradioProtocol(served: GradioModel): Protocol {
  const { url, model, parameters, presentation, fileObjects, output, classes } = served;
  return {
    name: "gradio",
    inputs: [],
    model,
    maxRows: 1,
    decoding: {
      protocol: "gradio",
      output,
      classes,
      encoding: { parameters: jsonText(parameters), fileObjects, input: presentationNote(presentation) },
    } satisfies GradioDecoding,
    encode: (inputs) => ({
      method: "POST",
      url,
      headers: { "content-type": "application/json" },
      body: gradioBody(served, inputs),
    }),
    ...readsNames((answer, rows) => readGradio(answer, rows, output), classes),
    followUp: (first) => answerPage(url, first),
  };
}

/** The page that gives the answer to a question that was taken. */
function answerPage(call: URL, { status, headers, body }: ReceivedAnswer): FollowUp | null {
  if (status !== 200 || !/\bjson\b/i.test(headers["content-type"] ?? "")) return null;
  const taken = readable(body);
  const id = asObject(taken)?.["event_id"];
  if (typeof id !== "string" || !EVENT_ID.test(id)) return null;
  const url = new URL(call);
  url.pathname = `${call.pathname}/${id}`;
  return { method: "GET", url, headers: { accept: "text/event-stream" } };
}

/**
 * The reading of what a function returned.
 *
 * @param output place of the component that holds the answer
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON
 */
export function readGradio(answer: ReceivedAnswer, rows: number, output: number): Reading[] {
  const refusal = statusReason(answer);
  if (refusal !== null) return lostRows(rows, refusal);
  if (rows !== 1) return lostRows(rows, "an app answers one row at a time");
  const returned = returnedBy(answer);
  if (typeof returned === "string") return lostRows(rows, returned);
  return [readComponent(returned[output])];
}

/** Values of the components that were returned, or the reason why there are none. */
function returnedBy({ headers, body }: ReceivedAnswer): readonly unknown[] | string {
  if (!/^text\/event-stream\b/i.test(headers["content-type"] ?? "")) {
    const data = asObject(parseAnswer(body))?.["data"];
    return Array.isArray(data) ? data : "the app's answer holds no data";
  }
  const last = serverSentEvents(body).findLast(({ event }) => event === "complete" || event === "error");
  if (last === undefined) return "the app's answer ends before it is complete";
  const said = readable(new TextEncoder().encode(last.data));
  if (last.event === "complete") return Array.isArray(said) ? said : "the app's answer holds no data";
  const words = asObject(said)?.["error"] ?? said;
  return `the app answers with an error${typeof words === "string" ? `: ${words.slice(0, MAX_WORDS)}` : ""}`;
}

/** A label with its confidences, a table, or what any server might say. */
function readComponent(value: unknown): Reading {
  const object = asObject(value);
  if (object === null) return readRow(value, "label");
  if (object["__type__"] === "update") return readComponent(object["value"] ?? null);
  const { confidences, label, data } = object;
  if (Array.isArray(confidences)) {
    const entries = objectsOf(confidences).map((each): readonly [string, unknown] => [
      named(each["label"]),
      each["confidence"],
    ]);
    return entries.length === confidences.length && entries.every(([name]) => name !== "")
      ? scoresReading(entries)
      : { kind: "lost", reason: "the answer lists what is no class with its confidence" };
  }
  if (Object.hasOwn(object, "label")) return labelAnswer(typeof label === "number" ? label : named(label));
  return readRow(Array.isArray(data) ? data : object, "label");
}

function named(label: unknown): string {
  return typeof label === "string" || typeof label === "number" ? String(label) : "";
}

/** Null for what is no JSON. */
function readable(body: Uint8Array): unknown {
  try {
    return parseAnswer(body);
  } catch {
    return null;
  }
}
