import { refused } from "./ask-endpoint.js";
import { pageAsker } from "./ask-page.js";
import { SuspectError } from "./error.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { asObject, objectsOf } from "./json-values.js";
import { hasLetters, openAiProtocol } from "./openai.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { parseAnswer } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import { readClassNames } from "./readings.js";
import {
  badSetting,
  choiceSetting,
  countSetting,
  flagSetting,
  readSettings,
  type Settings,
  textSetting,
} from "./settings.js";

const SAMPLED = ["logprobs", "topLogprobs", "seed", "maxTokens", "tokensMember"];
const SETTINGS = [...SAMPLED, "classes", "prompt", "system", "extra", "input"];
/** More than this the API does not give. */
const MOST_LOGPROBS = 20;
/** Enough for a letter with something around it, and for most labels. */
const MAX_TOKENS = 16;
const MOST_TOKENS = 4096;
const PROMPT = `Which one of these options fits the input best?

{options}

The input:

{input}

`;
const LETTER_ONLY = "Answer with the letter of that option alone.";
const LABEL_ONLY = "Answer with that option alone, spelt as above.";

/**
 * Open a chat model as a classifier: an address that ends in /chat/completions, or one to which that is appended. Where
 * nobody names a model, the server is asked whether it has only one.
 *
 * @throws SuspectError SUSPECT_CONFIG, SUSPECT_MODEL_UNKNOWN, SUSPECT_REFUSED, and those of asking
 */
export async function openAiEndpoint(fetch: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const settings = readSettings(options, SETTINGS);
  const labels = labelsOf(settings);
  const url = chatUrl(options.url);
  const scored = hasLetters(labels) && flagSetting(settings, "logprobs", true);
  return {
    protocol: openAiProtocol(url, {
      model: options.model ?? (await onlyModel(fetch, options, url)),
      prompt: promptOf(settings, labels),
      system: textSetting(settings, "system"),
      labels,
      topLogprobs: scored
        ? (countSetting(settings, "topLogprobs", { least: 1, most: MOST_LOGPROBS }) ?? MOST_LOGPROBS)
        : null,
      seed: countSetting(settings, "seed", { least: 0, most: 2 ** 31 - 1 }) ?? 0,
      maxTokens: countSetting(settings, "maxTokens", { least: 1, most: MOST_TOKENS }) ?? MAX_TOKENS,
      tokensMember: choiceSetting(settings, "tokensMember", {
        choices: ["max_tokens", "max_completion_tokens"],
        otherwise: "max_tokens",
      }),
      extra: asObject(settings["extra"] ?? {}) ?? fail('"extra" is no object'),
      presentation: readPresentation(settings["input"]),
    }),
    headers: {},
  };
}

function labelsOf(settings: Settings): readonly string[] {
  const classes = readClassNames(settings["classes"]);
  if (classes === null || typeof classes === "number" || classes.length < 2) {
    throw badSetting('"classes" has to list the labels, in the order of the reference');
  }
  return classes;
}

function promptOf(settings: Settings, labels: readonly string[]): string {
  const prompt = textSetting(settings, "prompt") ?? PROMPT + (hasLetters(labels) ? LETTER_ONLY : LABEL_ONLY);
  if (prompt.includes("{options}") && prompt.includes("{input}")) return prompt;
  throw badSetting('"prompt" has to have {options} and {input} in it');
}

function chatUrl(url: URL): URL {
  const address = new URL(url);
  const path = url.pathname.replace(/\/+$/, "");
  if (!path.endsWith("/chat/completions")) address.pathname = `${path}/chat/completions`;
  return address;
}

async function onlyModel(fetch: GuardedFetch, options: ProtocolOptions, url: URL): Promise<string> {
  const page = new URL(url);
  page.pathname = url.pathname.replace(/chat\/completions$/, "models");
  const answer = await pageAsker(fetch, options)("GET", page);
  if (answer.status === 401 || answer.status === 403) throw refused(answer.status);
  const listed = answer.status === 200 ? objectsOf(asObject(parseAnswer(answer.body))?.["data"]) : [];
  const names = listed.map(({ id }) => id).filter((id) => typeof id === "string");
  const [first] = names;
  if (first !== undefined && names.length === 1) return first;
  throw new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    names.length > 1 ? `the server holds ${names.length} models` : "the server does not list its models",
    "Name one with --model.",
  );
}

function fail(reason: string): never {
  throw badSetting(reason);
}
