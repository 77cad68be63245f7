import type { Answer } from "@indicia/core/suspect";
import { labelAnswer, lostRows, MAX_CLASSES, vectorAnswer } from "./answers.js";
import type { Tensor } from "@indicia/onnx/tensor";
import { errorWords } from "./error-words.js";
import { type JsonAnswer, type JsonConfig, jsonAnswerSettings } from "./json-config.js";
import { follow } from "./json-pointer.js";
import type { JsonDecoding } from "./json-record.js";
import { fillTemplate } from "./json-template.js";
import { jsonText } from "./json-text.js";
import { asObject, flatNumbers } from "./json-values.js";
import { parseAnswer } from "./parse-json.js";
import type { Protocol, ReceivedAnswer } from "./protocol.js";

/** An endpoint that takes and gives JSON in a form that its configuration describes. Pure. */
export function jsonProtocol(address: URL, config: JsonConfig): Protocol {
  const { method, request, answer, maxRows } = config;
  const url = withPath(address, config.path);
  return {
    name: "json",
    inputs: [],
    model: null,
    maxRows,
    encode: (inputs) => ({
      method,
      url,
      headers: { "content-type": "application/json" },
      body: filledBody(request, inputs),
    }),
    decoding: {
      protocol: "json",
      answer: jsonAnswerSettings(answer),
      encoding: { request: jsonText(request) },
    } satisfies JsonDecoding,
    decode: (received, rows) => decodeJson(received, rows, answer),
  };
}

/** Body of a request for rows, from the configuration's template. @throws SuspectError SUSPECT_INPUTS */
export function filledBody(template: unknown, inputs: Readonly<Record<string, Tensor>>): Uint8Array {
  return new TextEncoder().encode(jsonText(fillTemplate(template, inputs)));
}

/**
 * @returns one answer per row
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON
 */
export function decodeJson({ status, body }: ReceivedAnswer, rows: number, answer: JsonAnswer): Answer[] {
  if (status < 200 || status > 299) return lostRows(rows, `HTTP status ${status}${errorWords(body)}`);
  const whole = parseAnswer(body);
  const parts = answer.rows === null ? [whole] : follow(whole, answer.rows);
  if (Array.isArray(parts) && parts.length === rows) return parts.map((part) => rowAnswer(part, answer));
  const found = Array.isArray(parts) ? `${parts.length} elements` : "no list";
  return lostRows(rows, `the answer holds ${found} for ${rows} rows`);
}

function withPath(address: URL, path: string): URL {
  const url = new URL(address);
  if (path !== "") url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
  return url;
}

function rowAnswer(part: unknown, { kind, pointer, classes }: JsonAnswer): Answer {
  const found = follow(part, pointer);
  switch (kind) {
    case "label":
      return classes === null || typeof found !== "string" ? labelAnswer(found) : namedLabel(found, classes);
    case "scores":
      return namedScores(found, classes ?? []);
    case "vector": {
      const numbers = Array.isArray(found) ? flatNumbers(found) : null;
      if (numbers === null) return { kind: "lost", reason: "the answer holds no list of numbers" };
      const expected = classes?.length ?? numbers.length;
      if (numbers.length !== expected || expected > MAX_CLASSES) {
        return { kind: "lost", reason: `the answer holds ${numbers.length} numbers for ${expected} classes` };
      }
      return vectorAnswer(Float64Array.from(numbers));
    }
  }
}

function namedLabel(name: string, classes: readonly string[]): Answer {
  const label = classes.indexOf(name);
  return label >= 0
    ? { kind: "label", label }
    : { kind: "lost", reason: `the answer names the unknown class "${name.slice(0, 60)}"` };
}

/** Classes that are not named were kept back. */
function namedScores(found: unknown, classes: readonly string[]): Answer {
  const scores = asObject(found);
  if (scores === null) return { kind: "lost", reason: "the answer holds no scores by class" };
  const values = classes.map((name) => (Object.hasOwn(scores, name) ? scores[name] : null) ?? Number.NaN);
  const numbers = flatNumbers(values);
  return numbers === null || numbers.length !== classes.length
    ? { kind: "lost", reason: "the answer holds a score that is no number" }
    : vectorAnswer(Float64Array.from(numbers));
}
