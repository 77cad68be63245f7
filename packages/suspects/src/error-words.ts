import { asObject } from "./json-values.js";
import { parseAnswer } from "./parse-json.js";

/** Characters of a server's own words that are passed on. */
const MAX_WORDS = 200;

/**
 * What a server says of its own error, behind a colon; empty where it says nothing. Servers put it into `error`, into
 * `message` (TorchServe, SageMaker) or into `error.message` (OpenAI).
 */
export function errorWords(body: Uint8Array): string {
  try {
    const { error, message, Message } = asObject(parseAnswer(body)) ?? {};
    const words = asObject(error)?.["message"] ?? error ?? message ?? Message;
    return typeof words === "string" ? `: ${words.slice(0, MAX_WORDS)}` : "";
  } catch {
    return "";
  }
}
