import { readConfigFile } from "./config-file.js";
import { SuspectError } from "./error.js";
import { isJsonPointer } from "./json-pointer.js";
import { hasPlaceholder } from "./json-template.js";
import { asObject } from "./json-values.js";

/** Rows per request where the configuration leaves it open. */
const MAX_ROWS = 16;
/** More rows than this belong into several requests. */
const MOST_ROWS = 4096;

/** Where an answer stands within what an endpoint returns, as pointers (RFC 6901). */
export interface JsonAnswer {
  /** To the list with an element per row; null where the whole body is the answer to the only row. */
  readonly rows: string | null;
  /** From there to a list of numbers, to a label, or to an object of numbers by class name. */
  readonly kind: "vector" | "label" | "scores";
  readonly pointer: string;
  /** Class names in the order of the reference, or null. */
  readonly classes: readonly string[] | null;
}

/** How a JSON endpoint is asked and read. */
export interface JsonConfig {
  readonly method: "POST" | "PUT";
  /** Appended to the endpoint's address. */
  readonly path: string;
  /** Headers of every request; they may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Template; see `fillTemplate`. */
  readonly request: unknown;
  readonly maxRows: number;
  readonly answer: JsonAnswer;
}

/** @throws SuspectError SUSPECT_CONFIG; and what the file system throws */
export function readJsonConfig(file: string): JsonConfig {
  return jsonConfig(readConfigFile(file, badConfig));
}

/**
 * Check a configuration:
 *
 *     { "request": { "instances": { "$rows": "input" } },
 *       "answer": { "rows": "/predictions", "vector": "/scores" } }
 *
 * Beside these: `method` (POST or PUT), `path`, `headers`, `batch` (whether a request may carry several rows; by default
 * where `answer.rows` is given) and `maxRows`. `answer` has exactly one of `vector`, `label` and `scores`, and may have
 * `classes`, which `scores` needs. Anything else is refused, for it would be a slip.
 *
 * @throws SuspectError SUSPECT_CONFIG
 */
export function jsonConfig(value: unknown): JsonConfig {
  const config = asObject(value);
  if (config === null) throw badConfig("it is no object");
  onlyKnown(config, ["method", "path", "headers", "request", "batch", "maxRows", "answer"], "");
  if (!hasPlaceholder(config["request"])) {
    throw badConfig('"request" has no placeholder such as {"$rows": "INPUT"}');
  }
  const answer = readJsonAnswer(config["answer"]);
  return {
    method: methodOf(config["method"]),
    path: pathOf(config["path"]),
    headers: headersOf(config["headers"]),
    request: config["request"],
    maxRows: maxRowsOf(config, answer),
    answer,
  };
}

/**
 * The configuration's `answer`.
 *
 * @throws SuspectError SUSPECT_CONFIG
 */
export function readJsonAnswer(value: unknown): JsonAnswer {
  const answer = asObject(value);
  if (answer === null) throw badConfig('"answer" is no object');
  onlyKnown(answer, ["rows", "vector", "label", "scores", "classes"], "answer.");
  const kinds = (["vector", "label", "scores"] as const).filter((kind) => answer[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw badConfig('"answer" needs exactly one of "vector", "label" and "scores"');
  }
  const classes = classesOf(answer["classes"]);
  if (kind === "scores" && classes === null) throw badConfig('"answer.scores" needs "answer.classes"');
  const rows = answer["rows"] === undefined ? null : pointerOf(answer["rows"], "rows");
  return { rows, kind, pointer: pointerOf(answer[kind], kind), classes };
}

/** What {@link readJsonAnswer} reads. */
export function jsonAnswerSettings({
  rows,
  kind,
  pointer,
  classes,
}: JsonAnswer): Readonly<Record<string, unknown>> {
  return { [kind]: pointer, ...(rows === null ? {} : { rows }), ...(classes === null ? {} : { classes }) };
}

function pointerOf(value: unknown, name: string): string {
  if (typeof value === "string" && isJsonPointer(value)) return value;
  throw badConfig(`"answer.${name}" is no JSON pointer, such as "/predictions/0"`);
}

function classesOf(value: unknown): readonly string[] | null {
  if (value === undefined) return null;
  const names = Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  if (Array.isArray(value) && names.length === value.length && names.length > 0) {
    if (new Set(names).size === names.length) return names;
    throw badConfig('"answer.classes" names a class twice');
  }
  throw badConfig('"answer.classes" is no list of names');
}

function methodOf(value: unknown): "POST" | "PUT" {
  if (value === undefined) return "POST";
  if (value === "POST" || value === "PUT") return value;
  throw badConfig('"method" is neither POST nor PUT');
}

function pathOf(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string" && !/[?#\\]|\/\/|^[a-z]+:|(^|\/)\.\.(\/|$)/i.test(value)) return value;
  throw badConfig('"path" is no plain path, such as "predict"');
}

function headersOf(value: unknown): Readonly<Record<string, string>> {
  const headers = value === undefined ? {} : asObject(value);
  if (headers === null) throw badConfig('"headers" is no object');
  const entries = Object.entries(headers).map(([name, text]): [string, string] => {
    // RFC 9110, sections 5.1 and 5.5.
    const sound = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && typeof text === "string";
    if (!sound || /[^\t\u0020-\u007e\u0080-\u00ff]/.test(text))
      throw badConfig('"headers" holds what is no header');
    return [name.toLowerCase(), text];
  });
  return Object.fromEntries(entries);
}

function maxRowsOf(config: Readonly<Record<string, unknown>>, { rows }: JsonAnswer): number {
  const { batch = rows !== null, maxRows = MAX_ROWS } = config;
  if (typeof batch !== "boolean") throw badConfig('"batch" is neither true nor false');
  if (batch && rows === null) throw badConfig('"batch" needs "answer.rows", to tell the rows apart');
  if (typeof maxRows !== "number" || !Number.isInteger(maxRows) || maxRows < 1 || maxRows > MOST_ROWS) {
    throw badConfig(`"maxRows" is no whole number from 1 to ${MOST_ROWS}`);
  }
  return batch ? maxRows : 1;
}

function onlyKnown(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  prefix: string,
): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badConfig(`there is no setting "${prefix}${unknown.slice(0, 60)}"`);
}

function badConfig(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_CONFIG",
    `the protocol's configuration cannot be used: ${reason}`,
    'It looks like {"request": {"instances": {"$rows": "INPUT"}}, "answer": {"rows": "/predictions", "vector": ""}}.',
  );
}
