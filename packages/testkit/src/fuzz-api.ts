import { randomNumbers, type RandomNumbers } from "@indicia/data/random-numbers";
import { type Draw, drawValue, hostileValue, pick, type Schema } from "./fuzz-values.js";

/** What is read of an OpenAPI document. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  /** Empty for what needs nobody signed in. */
  readonly security?: readonly unknown[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface FuzzOptions {
  readonly document: ApiDocument;
  /** Sends a request, with or without what lets somebody in. */
  readonly send: (signedIn: boolean, path: string, init: RequestInit) => Promise<Response>;
  readonly seed: string;
  /** Requests of each operation by somebody signed in, and by nobody. */
  readonly rounds: { readonly signedIn: number; readonly nobody: number };
  /** Ids that are never named: of whoever asks, who would shut himself out. */
  readonly spare: readonly string[];
}

/** What was found. */
export interface FuzzFindings {
  readonly operations: number;
  readonly requests: number;
  /** Requests that were answered with a status below 400. */
  readonly accepted: number;
  /** Answers of 500 and above, and refusals that are no problem+json, each with how to ask it again. */
  readonly faults: readonly string[];
  /** Answers to nobody that were no refusal. */
  readonly leaks: readonly string[];
}

const METHODS = ["get", "post", "put", "patch", "delete"];
/** Of so many values one is hostile. */
const HOSTILITY = 8;
/** Ids that are kept to be named again, the newest. */
const MAX_WORDS = 200;
/** Read of an answer; events have no end. */
/** Characters of a part of the address: the server of Node itself refuses what is far longer. */
const MAX_QUERY = 2000;
const MAX_READ: number = 2 ** 20;
const READ_MS = 500;

/**
 * Call every operation of an OpenAPI document with values that fit its schemas, more or less, and with hostile ones; ids
 * that come back are used again, so that what one operation makes the next ones meet.
 */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzFindings> {
  const { document, rounds, spare } = options;
  const random = randomNumbers(`fuzz ${options.seed}`);
  const words: string[] = [];
  const faults: string[] = [];
  const leaks: string[] = [];
  let requests = 0;
  let accepted = 0;
  const operations = operationsOf(document);

  async function ask(operation: NamedOperation, signedIn: boolean): Promise<void> {
    const draw: Draw = {
      random,
      schemas: document.components?.schemas ?? {},
      words,
      hostility: random.below(3) === 0 ? 0 : HOSTILITY,
    };
    const { path, init } = requestOf(operation, draw);
    const answer = await options.send(signedIn, path, init);
    const text = await readSome(answer);
    requests++;
    const asked = `${init.method ?? ""} ${path.slice(0, 200)} ${(init.body ?? "").slice(0, 500)}`;
    const isProblem = answer.headers.get("content-type") === "application/problem+json";
    if (answer.status >= 500 || (answer.status >= 400 && !isProblem))
      faults.push(`${answer.status} to ${asked}: ${text.slice(0, 300)}`);
    if (answer.status < 400) accepted++;
    if (!signedIn && answer.status < 400) leaks.push(`${answer.status} to ${asked}`);
    if (signedIn) note(text, words, spare);
  }

  for (let round = 0; round < Math.max(rounds.signedIn, rounds.nobody); round++)
    for (const operation of operations) {
      if (round < rounds.signedIn) await ask(operation, true);
      if (round < rounds.nobody) await ask(operation, false);
    }
  return { operations: operations.length, requests, accepted, faults, leaks };
}

interface NamedOperation extends Operation {
  readonly method: string;
  readonly path: string;
}

function operationsOf({ paths }: ApiDocument): NamedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method];
      return operation === undefined ? [] : [{ ...operation, method: method.toUpperCase(), path }];
    }),
  );
}

function requestOf(
  { method, path, parameters = [], requestBody }: NamedOperation,
  draw: Draw,
): { readonly path: string; readonly init: RequestInit & { readonly body?: string } } {
  const { random } = draw;
  let filled = path;
  const query = new URLSearchParams();
  const headers: Record<string, string> = oddHeaders(random);
  for (const { name, in: place, required = false, schema = {} } of parameters) {
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(word(name, schema, draw)));
    else if (required || random.below(2) === 0) {
      const value = asText(drawValue(schema, draw)).slice(0, MAX_QUERY);
      if (place === "query") query.append(name, value);
      else if (place === "header") headers[name] = printable(value);
    }
  }
  if (random.below(10) === 0) query.append("unexpected", asText(hostileValue(random)).slice(0, MAX_QUERY));
  const { type, body } = bodyOf(requestBody, draw);
  if (type !== null) headers["content-type"] = type;
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return { path: `${filled}${search}`, init: { method, headers, ...(body === null ? {} : { body }) } };
}

/** What stands in a path: most often an id that there is. */
function word(name: string, schema: Schema, draw: Draw): string {
  const { random, words } = draw;
  if (words.length > 0 && /id$/i.test(name) && random.below(4) !== 0) return pick(random, words) ?? "x";
  const drawn = asText(drawValue(schema, draw)).slice(0, MAX_QUERY);
  // An empty or dotted part would make it another path.
  return drawn === "" || /^\.+$/.test(drawn) ? "x" : drawn;
}

function bodyOf(
  requestBody: Operation["requestBody"],
  draw: Draw,
): { readonly type: string | null; readonly body: string | null } {
  if (requestBody === undefined) return { type: null, body: null };
  const { random } = draw;
  const [type = "application/json", content] = pick(random, Object.entries(requestBody.content)) ?? [];
  if (draw.hostility > 0 && random.below(12) === 0)
    return {
      type,
      body: pick(random, ["", "{", "[1,", "nul", '{"a":1e999}', '"\\ud800"', "\0", "[".repeat(50_000)]) ?? "",
    };
  if (draw.hostility > 0 && random.below(20) === 0)
    return {
      type: pick(random, ["text/plain", "application/xml", "multipart/form-data", "x"]) ?? "x",
      body: "a=b",
    };
  const value = drawValue(content?.schema ?? {}, draw);
  return { type, body: type === "application/json" ? JSON.stringify(value) : asText(value) };
}

/** Headers that clients may set on anything. */
function oddHeaders(random: RandomNumbers): Record<string, string> {
  const odd: readonly (readonly [string, readonly string[]])[] = [
    ["if-match", ["*", '"x"', "W/", '",",""']],
    ["if-none-match", ["*", '"x"', "\u00e9"]],
    ["idempotency-key", ["k", "x".repeat(200), " ", "\u00e9"]],
    ["range", ["bytes=0-", "bytes=-1", "bytes=9-1", "x"]],
    ["last-event-id", ["0", "-1", "99999999999999999999", "x"]],
    ["content-disposition", ['attachment; filename="../../x"', "attachment; filename*=UTF-8''%ff", "\u00e9"]],
    ["accept", ["text/html", "x", "*/*;q=2"]],
  ];
  const chosen = odd.filter(() => random.below(12) === 0);
  return Object.fromEntries(chosen.map(([name, values]) => [name, pick(random, values) ?? ""]));
}

function asText(value: unknown): string {
  return typeof value === "string" ? Buffer.from(value).toString("utf8") : (JSON.stringify(value) ?? "");
}

function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 500)
    .trim();
}

async function readSome(answer: Response): Promise<string> {
  if (answer.body === null) return "";
  const reader = answer.body.getReader();
  const late = new Promise<null>((resolve) => void setTimeout(() => resolve(null), READ_MS).unref());
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < MAX_READ) {
    const isEvents = answer.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    const next = await (isEvents ? Promise.race([reader.read(), late]) : reader.read());
    if (next === null || next.value === undefined) break;
    parts.push(next.value);
    length += next.value.length;
  }
  await reader.cancel();
  return Buffer.concat(parts).toString("utf8");
}

/** Keep the ids of an answer. */
function note(text: string, words: string[], spare: readonly string[]): void {
  for (const [, id = ""] of text.matchAll(/"(?:id|upload|model|suspect|investigation)":"([^"]{1,64})"/g))
    if (!spare.includes(id) && !words.includes(id)) words.push(id);
  words.splice(0, Math.max(0, words.length - MAX_WORDS));
}
