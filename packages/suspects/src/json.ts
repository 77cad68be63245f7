import { readFileSync, statSync } from "node:fs";
import type { Answer } from "@indicia/core/suspect";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { labelAnswer, lostRows, vectorAnswer } from "./answers.js";
import { jsonData } from "./datatypes.js";
import { SuspectError } from "./error.js";
import { asObject, flatNumbers, parseAnswer } from "./json-limits.js";
import { pointer } from "./json-pointer.js";
import type { Protocol } from "./protocol.js";

/** A configuration is a page of JSON. */
const MAX_CONFIG_BYTES: number = 1024 * 1024;
/** Classes of one answer at most. */
const MAX_CLASSES = 1_000_000;

/**
 * How a JSON endpoint is asked and read. In `request`, `{"$rows": "INPUT"}` stands for all rows of an input as nested
 * lists, `{"$row": "INPUT"}` for a single one. Pointers (RFC 6901) lead into the answer: `rows` to the list with an
 * element per row (left out: the whole answer is one row's), the others from there.
 */
export interface JsonConfig {
  readonly request: unknown;
  readonly maxRows: number;
  readonly rows: string | null;
  readonly vector: string | null;
  readonly label: string | null;
  /** Class names in the order of the reference, for answers that name classes. */
  readonly classes: readonly string[] | null;
}

/** @throws SuspectError SUSPECT_CONFIG */
export function readJsonConfig(path: string): JsonConfig {
  if (statSync(path).size > MAX_CONFIG_BYTES) throw badConfig("it is larger than 1 MiB");
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw badConfig("it is not JSON");
  }
  return jsonConfig(parsed);
}

/** @throws SuspectError SUSPECT_CONFIG */
export function jsonConfig(value: unknown): JsonConfig {
  const config = asObject(value);
  const answer = asObject(config?.["answer"]);
  if (config === null || config["request"] === undefined || answer === null) throw badConfig('it needs "request" and "answer"');
  const optional = (name: string): string | null => {
    const found = answer[name];
    if (found === undefined) return null;
    if (typeof found !== "string" || (found !== "" && !found.startsWith("/"))) throw badConfig(`"answer.${name}" is no JSON pointer`);
    return found;
  };
  const [rows, vector, label] = [optional("rows"), optional("vector"), optional("label")];
  if ((vector === null) === (label === null)) throw badConfig('"answer" needs either "vector" or "label"');
  const classes = answer["classes"];
  if (classes !== undefined && !(Array.isArray(classes) && classes.every((name) => typeof name === "string"))) {
    throw badConfig('"answer.classes" is no list of names');
  }
  const maxRows = config["maxRows"] ?? (rows === null ? 1 : 16);
  if (typeof maxRows !== "number" || !Number.isInteger(maxRows) || maxRows < 1 || (rows === null && maxRows > 1)) {
    throw badConfig('"maxRows" must be a whole number, and 1 without "answer.rows"');
  }
  return { request: config["request"], maxRows, rows, vector, label, classes: classes === undefined ? null : (classes as string[]) };
}

export function jsonProtocol(url: URL, config: JsonConfig): Protocol {
  return {
    name: "json",
    inputs: [],
    model: null,
    maxRows: config.maxRows,
    encode: (inputs) => ({
      url,
      headers: { "content-type": "application/json" },
      body: new TextEncoder().encode(JSON.stringify(filled(config.request, inputs))),
    }),
    decode: (answer, rows) => {
      if (answer.status < 200 || answer.status > 299) return lostRows(rows, `HTTP status ${answer.status}`);
      const whole = parseAnswer(answer.body);
      const parts = config.rows === null ? [whole] : pointer(whole, config.rows);
      if (!Array.isArray(parts) || parts.length !== rows) return lostRows(rows, "the answer does not hold one element per row");
      return parts.map((part) => rowAnswer(part, config));
    },
  };
}

function rowAnswer(part: unknown, config: JsonConfig): Answer {
  if (config.label !== null) {
    const label = pointer(part, config.label);
    const index = config.classes?.indexOf(String(label)) ?? -1;
    return labelAnswer(index >= 0 ? index : label);
  }
  const found = pointer(part, config.vector ?? "");
  const byName = asObject(found);
  if (byName !== null && config.classes !== null) {
    return vectorAnswer(Float64Array.from(config.classes, (name) => (typeof byName[name] === "number" ? byName[name] : Number.NaN)));
  }
  const numbers = flatNumbers(found, MAX_CLASSES);
  return numbers === null ? { kind: "lost", reason: "the answer holds no list of numbers" } : vectorAnswer(Float64Array.from(numbers));
}

/** The template with its placeholders replaced. */
function filled(template: unknown, inputs: Readonly<Record<string, Tensor>>): unknown {
  if (Array.isArray(template)) return template.map((each) => filled(each, inputs));
  const object = asObject(template);
  if (object === null) return template;
  for (const marker of ["$rows", "$row"] as const) {
    const name = object[marker];
    if (typeof name !== "string") continue;
    const tensor = inputs[name];
    if (tensor === undefined) throw badConfig(`the request names the input "${name}", which the model does not have`);
    const rows = nested(jsonData(tensor), tensor.dims);
    return marker === "$rows" ? rows : (rows as unknown[])[0];
  }
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, filled(value, inputs)]));
}

function nested(flat: readonly unknown[], dims: readonly number[]): unknown {
  const [first = 0, ...rest] = dims;
  if (dims.length === 0) return flat[0];
  if (rest.length === 0) return flat;
  const width = elementCount(rest);
  return Array.from({ length: first }, (_, i) => nested(flat.slice(i * width, (i + 1) * width), rest));
}

function badConfig(reason: string): SuspectError {
  return new SuspectError("SUSPECT_CONFIG", `the protocol's configuration cannot be used: ${reason}`, "See --help for an example.");
}
