import { refused } from "./ask-endpoint.js";
import type { AskPage } from "./ask-page.js";
import { SuspectError } from "./error.js";
import { errorWords } from "./error-words.js";
import { asObject, objectsOf } from "./json-values.js";
import { type OipAddress, oipPage } from "./oip-address.js";
import { parseAnswer } from "./parse-json.js";

/** Models that an error lists. */
const LISTED = 10;

/**
 * A server that has no such page is asked all the same.
 *
 * @throws SuspectError SUSPECT_NOT_READY, SUSPECT_REFUSED
 */
export async function requireReady(ask: AskPage, address: OipAddress): Promise<void> {
  const { status } = await ask("GET", oipPage(address, "v2/health/ready"));
  if (status === 401 || status === 403) throw refused(status);
  if (status < 500) return;
  throw new SuspectError(
    "SUSPECT_NOT_READY",
    `the server answers ${status} to the question whether it is ready`,
    "Try again when it is.",
  );
}

/** Body of the server's metadata ("Server Metadata"), or null where it gives none. */
export async function serverMetadata(ask: AskPage, address: OipAddress): Promise<unknown> {
  const answer = await ask("GET", oipPage(address, "v2"));
  if (answer.status !== 200) return null;
  try {
    return parseAnswer(answer.body);
  } catch {
    return null;
  }
}

/**
 * Body of a model's metadata ("Model Metadata").
 *
 * @throws SuspectError SUSPECT_MODEL_UNKNOWN, SUSPECT_REFUSED, SUSPECT_PROTOCOL
 */
export async function modelMetadata(ask: AskPage, url: URL, model: string): Promise<unknown> {
  const answer = await ask("GET", url);
  const { status } = answer;
  if (status === 200) {
    const description = parseAnswer(answer.body);
    if (Array.isArray(asObject(description)?.["inputs"])) return description;
  }
  if (status === 401 || status === 403) throw refused(status);
  if (status >= 400 && status < 500) {
    throw new SuspectError(
      "SUSPECT_MODEL_UNKNOWN",
      `the server does not know a model "${model.slice(0, 100)}" (status ${status}${errorWords(answer.body)})`,
      "Name it with --model as the server spells it, or check the address.",
    );
  }
  throw new SuspectError(
    "SUSPECT_PROTOCOL",
    `what the server says of its model (status ${status}) is none of the Open Inference Protocol`,
    "Check the address and --protocol.",
  );
}

/**
 * The model of a server that has one ("Model Repository Extension").
 *
 * @throws SuspectError SUSPECT_MODEL_UNKNOWN, SUSPECT_REFUSED, SUSPECT_PROTOCOL
 */
export async function onlyModel(ask: AskPage, address: OipAddress): Promise<string> {
  const url = oipPage(address, "v2/repository/index");
  const posted = await ask("POST", url, new TextEncoder().encode("{}"));
  // The extension says POST; some servers have it as a page to get.
  const answer = posted.status === 404 || posted.status === 405 ? await ask("GET", url) : posted;
  if (answer.status === 401 || answer.status === 403) throw refused(answer.status);
  const names = answer.status === 200 ? readyModels(parseAnswer(answer.body)) : [];
  const [first] = names;
  if (names.length === 1 && first !== undefined) return first;
  throw noSingleModel(names);
}

/** @param names of the models that a server lists, none or several */
export function noSingleModel(names: readonly string[]): SuspectError {
  return new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    names.length > 1
      ? `the server holds several models: ${names.slice(0, LISTED).join(", ")}`
      : "the server does not list its models",
    "Name one with --model, or give an address that ends in /v2/models/NAME.",
  );
}

function readyModels(index: unknown): string[] {
  const ready = objectsOf(index).filter(({ state }) => state === undefined || state === "READY");
  return [...new Set(ready.map(({ name }) => name).filter((name) => typeof name === "string"))];
}
