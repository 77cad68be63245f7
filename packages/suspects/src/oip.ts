import type { Answer } from "@indicia/core/suspect";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { lostRows, rowsAsAnswers } from "./answers.js";
import { binaryNumbers, DATATYPES, datatypeOf, jsonData } from "./datatypes.js";
import { SuspectError } from "./error.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { asObject, flatNumbers, parseAnswer } from "./json-limits.js";
import type { EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";

/** The protocol's header for requests and answers with binary tensors ("Binary Tensor Data Extension"). */
const JSON_LENGTH = "inference-header-content-length";
const BINARY_EXTENSIONS = new Set(["binary_tensor_data", "binary_data"]);
/** Numbers in one answer at most. */
const MAX_NUMBERS = 50_000_000;
const DEFAULT_MAX_ROWS = 16;

export interface OipOptions {
  readonly url: URL;
  /** Name of the model, or null to take it from the address or from the server's index. */
  readonly model: string | null;
  /** Output to read, or null for the first. */
  readonly output: string | null;
  readonly maxRows?: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface Described {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly { readonly name: string; readonly datatype: string }[];
  readonly binary: boolean;
  readonly fixedBatch: boolean;
}

/**
 * The Open Inference Protocol v2 over REST. Asks the server for the model's metadata first.
 *
 * @throws SuspectError SUSPECT_MODEL_UNKNOWN, SUSPECT_PROTOCOL, SUSPECT_REFUSED, and those of the fetch
 */
export async function openOip(fetch: GuardedFetch, options: OipOptions): Promise<Protocol> {
  const root = serverRoot(options.url);
  const model = options.model ?? modelInPath(options.url) ?? (await onlyModel(fetch, root, options.headers));
  const base = new URL(`v2/models/${encodeURIComponent(model)}`, root);
  const described = await describe(fetch, root, base, options.headers);
  const output = options.output ?? described.outputs[0]?.name ?? null;
  return {
    name: "oip",
    inputs: described.inputs,
    model,
    maxRows: described.fixedBatch ? 1 : (options.maxRows ?? DEFAULT_MAX_ROWS),
    encode: (inputs) => encode(new URL(`${base.pathname}/infer`, base), inputs, described.binary),
    decode: (answer, rows) => decode(answer, rows, output),
  };
}

/** The part of an address before /v2, with a slash at its end. */
function serverRoot(url: URL): URL {
  const [before = ""] = url.pathname.split(/\/v2(?:\/|$)/);
  return new URL(`${before.replace(/\/+$/, "")}/`, url.origin);
}

function modelInPath(url: URL): string | null {
  const name = /\/v2\/models\/([^/]+)/.exec(url.pathname)?.[1];
  return name === undefined ? null : decodeURIComponent(name);
}

async function onlyModel(fetch: GuardedFetch, root: URL, headers: Readonly<Record<string, string>>): Promise<string> {
  const url = new URL("v2/repository/index", root);
  const body = new TextEncoder().encode("{}");
  const answer = await fetch({ method: "POST", url, headers: { ...headers, "content-type": "application/json" }, body });
  const index = answer.status === 200 ? parseAnswer(answer.body) : null;
  const names = Array.isArray(index) ? index.map((each) => asObject(each)?.["name"]).filter((name) => typeof name === "string") : [];
  const [first] = names;
  if (names.length === 1 && first !== undefined) return first;
  throw new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    names.length > 1 ? `the server holds several models: ${names.slice(0, 10).join(", ")}` : "the server does not name its models",
    "Name one with --model, or give an address that ends in /v2/models/NAME.",
  );
}

async function describe(fetch: GuardedFetch, root: URL, base: URL, headers: Readonly<Record<string, string>>): Promise<Described> {
  const answer = await fetch({ method: "GET", url: base, headers });
  if (answer.status !== 200) {
    throw new SuspectError(
      answer.status === 404 ? "SUSPECT_MODEL_UNKNOWN" : "SUSPECT_REFUSED",
      `${base.pathname} answers ${answer.status}`,
      "Check the model's name (--model) and the credentials (--header).",
    );
  }
  const metadata = asObject(parseAnswer(answer.body));
  const inputs = list(metadata?.["inputs"]).map(valueInfo);
  const outputs = list(metadata?.["outputs"]).map((each) => ({ name: String(each["name"]), datatype: String(each["datatype"]) }));
  const server = await fetch({ method: "GET", url: new URL("v2", root), headers });
  const extensions = server.status === 200 ? asObject(parseAnswer(server.body))?.["extensions"] : undefined;
  const binary = Array.isArray(extensions) && extensions.some((name) => BINARY_EXTENSIONS.has(String(name)));
  return { inputs, outputs, binary, fixedBatch: inputs.length > 0 && inputs.every(({ dims }) => dims?.[0] === 1) };
}

function list(value: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  const objects = value.map(asObject);
  return objects.filter((each) => each !== null);
}

function valueInfo(each: Readonly<Record<string, unknown>>): ValueInfo {
  const shape = each["shape"];
  const dims = Array.isArray(shape) ? shape.map((dim) => (typeof dim === "number" && dim >= 0 ? dim : null)) : null;
  return { name: String(each["name"]), type: DATATYPES.get(String(each["datatype"]))?.type ?? null, dims };
}

function encode(url: URL, inputs: Readonly<Record<string, Tensor>>, binary: boolean): EncodedRequest {
  const names = Object.keys(inputs).sort();
  const entries = names.flatMap((name) => {
    const tensor = inputs[name];
    return tensor === undefined ? [] : [{ name, tensor, head: { name, shape: [...tensor.dims], datatype: datatypeOf(tensor.type) } }];
  });
  if (!binary && entries.every(({ tensor }) => tensor.type !== "float16")) {
    const body = JSON.stringify({ inputs: entries.map(({ tensor, head }) => ({ ...head, data: jsonData(tensor) })) });
    return { url, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(body) };
  }
  const payloads = entries.map(({ tensor }) => rawBytes(tensor));
  const json = new TextEncoder().encode(
    JSON.stringify({
      inputs: entries.map(({ head }, i) => ({ ...head, parameters: { binary_data_size: payloads[i]?.length ?? 0 } })),
      parameters: { binary_data_output: true },
    }),
  );
  return {
    url,
    headers: { "content-type": "application/octet-stream", [JSON_LENGTH]: String(json.length) },
    body: Buffer.concat([json, ...payloads]),
  };
}

function rawBytes({ data }: Tensor): Uint8Array {
  if (!ArrayBuffer.isView(data)) throw new SuspectError("SUSPECT_INPUTS", "strings cannot be sent", "Examine the file instead.");
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Pure, so that a recorded exchange decodes to the same answers. */
export function decode(answer: ReceivedAnswer, rows: number, output: string | null): Answer[] {
  if (answer.status !== 200) return lostRows(rows, `HTTP status ${answer.status}`);
  const jsonLength = Number(answer.headers[JSON_LENGTH] ?? answer.body.length);
  if (!Number.isSafeInteger(jsonLength) || jsonLength < 0 || jsonLength > answer.body.length) {
    throw new SuspectError("SUSPECT_PROTOCOL", "the answer states a wrong header length", "The endpoint does not speak this protocol.");
  }
  const json = asObject(parseAnswer(answer.body.subarray(0, jsonLength)));
  const outputs = list(json?.["outputs"]);
  const chosen = outputs.find((each) => output === null || each["name"] === output) ?? (outputs.length === 1 ? outputs[0] : undefined);
  if (chosen === undefined) return lostRows(rows, output === null ? "the answer has no output" : `the answer has no output "${output}"`);
  const datatype = String(chosen["datatype"]);
  const numbers = numbersOf(chosen, outputs, answer.body.subarray(jsonLength), datatype);
  if (numbers === null) return lostRows(rows, "the answer's numbers cannot be read");
  const shape = Array.isArray(chosen["shape"]) ? chosen["shape"] : [];
  const count = shape.reduce((product: number, dim) => product * Number(dim), 1);
  if (count !== numbers.length) return lostRows(rows, `the answer says shape [${shape.join(", ").slice(0, 60)}] and holds ${numbers.length} numbers`);
  return rowsAsAnswers(numbers, rows, !datatype.startsWith("FP"));
}

function numbersOf(
  chosen: Readonly<Record<string, unknown>>,
  outputs: readonly Readonly<Record<string, unknown>>[],
  binary: Uint8Array,
  datatype: string,
): ArrayLike<number> | null {
  if (chosen["data"] !== undefined) return flatNumbers(chosen["data"], MAX_NUMBERS);
  let offset = 0;
  for (const each of outputs) {
    const size = Number(asObject(each["parameters"])?.["binary_data_size"] ?? 0);
    if (!Number.isSafeInteger(size) || size < 0 || offset + size > binary.length) return null;
    if (each === chosen) return binaryNumbers(binary.subarray(offset, offset + size), datatype);
    offset += size;
  }
  return null;
}
