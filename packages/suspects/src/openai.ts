import type { Answer } from "@indicia/core/suspect";
import type { Tensor } from "@indicia/onnx/tensor";
import { lostRows, vectorAnswer } from "./answers.js";
import { statusReason } from "./json-rows.js";
import { jsonText } from "./json-text.js";
import { asObject, asText, objectsOf } from "./json-values.js";
import type { OpenAiDecoding } from "./openai-record.js";
import { parseAnswer } from "./parse-json.js";
import { type PresentedRow, presentRows } from "./presentation.js";
import { type Presentation, presentationNote } from "./presentation-settings.js";
import type { Protocol, ReceivedAnswer } from "./protocol.js";

/** Options that a letter each can stand for; a letter is one token everywhere, so that it has one probability. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** How far rounding may carry a sum of probabilities beyond 1. */
const CERTAIN = 1.01;
/** Characters of a model's other words that are passed on. */
const MAX_WORDS = 60;

export interface OpenAiEncoding {
  readonly model: string;
  /** With {options} and {input} in it. */
  readonly prompt: string;
  /** Of the system, or null for none. */
  readonly system: string | null;
  readonly labels: readonly string[];
  /** Log probabilities asked for per token, or null for none. */
  readonly topLogprobs: number | null;
  readonly seed: number;
  readonly maxTokens: number;
  /** Newer models have another name for it. */
  readonly tokensMember: "max_tokens" | "max_completion_tokens";
  /** Further members of the request. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly presentation: Presentation;
}

/** What a label's answer may look like. */
export interface OpenAiReading {
  readonly labels: readonly string[];
  readonly scored: boolean;
}

/**
 * A chat that is asked which label a row has (OpenAI API, `POST /chat/completions`). Where it gives log probabilities, and
 * there are few enough labels for letters, the answer is the probability of each letter that it shows. Pure.
 */
export function openAiProtocol(url: URL, asked: OpenAiEncoding): Protocol {
  const reading = { labels: asked.labels, scored: asked.topLogprobs !== null };
  const { presentation, extra, ...encoding } = asked;
  return {
    name: "openai",
    inputs: [],
    model: asked.model,
    maxRows: 1,
    decoding: {
      protocol: "openai",
      ...reading,
      encoding: { ...encoding, extra: jsonText(extra), input: presentationNote(presentation) },
    } satisfies OpenAiDecoding,
    encode: (rows) => ({
      method: "POST",
      url,
      headers: { "content-type": "application/json" },
      body: openAiBody(asked, rows),
    }),
    decode: (answer, rows) => decodeOpenAi(answer, rows, reading),
  };
}

/** Whether letters can stand for that many labels. */
export function hasLetters(labels: readonly string[]): boolean {
  return labels.length <= LETTERS.length;
}

/** Body of a request for one row. @throws SuspectError SUSPECT_INPUTS */
export function openAiBody(asked: OpenAiEncoding, rows: Readonly<Record<string, Tensor>>): Uint8Array {
  const { model, system, topLogprobs, seed, maxTokens, tokensMember, extra, presentation } = asked;
  const [row] = presentRows(rows, presentation);
  const messages = [
    ...(system === null ? [] : [{ role: "system", content: system }]),
    { role: "user", content: row === undefined ? "" : contentOf(asked, row) },
  ];
  const scores = topLogprobs === null ? {} : { logprobs: true, top_logprobs: topLogprobs };
  const request = { model, messages, temperature: 0, seed, [tokensMember]: maxTokens, ...scores, ...extra };
  return new TextEncoder().encode(jsonText(request));
}

function contentOf(asked: OpenAiEncoding, row: PresentedRow): unknown {
  if (row.kind !== "image") return filledPrompt(asked, row.kind === "text" ? row.text : jsonText(row.value));
  const url = `data:image/png;base64,${Buffer.from(row.png).toString("base64")}`;
  return [
    { type: "text", text: filledPrompt(asked, "(the image)") },
    { type: "image_url", image_url: { url } },
  ];
}

/** In one pass: an input with a placeholder in it stays as it is. */
function filledPrompt({ prompt, labels }: OpenAiEncoding, input: string): string {
  return prompt.replaceAll(/\{(options|input)\}/g, (_, name) =>
    name === "input" ? input : optionLines(labels),
  );
}

function optionLines(labels: readonly string[]): string {
  return labels.map((label, i) => (hasLetters(labels) ? `${LETTERS[i]}. ${label}` : label)).join("\n");
}

/**
 * The answer to one row. Anything but an option is no answer.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no JSON
 */
export function decodeOpenAi(
  answer: ReceivedAnswer,
  rows: number,
  { labels, scored }: OpenAiReading,
): Answer[] {
  const refusal = statusReason(answer);
  if (refusal !== null) return lostRows(rows, refusal);
  const [choice] = objectsOf(asObject(parseAnswer(answer.body))?.["choices"]);
  if (choice === undefined || rows !== 1) return lostRows(rows, `the answer has no choice for ${rows} rows`);
  const message = asObject(choice["message"]) ?? {};
  const refused = asText(message["refusal"]);
  if (refused !== "") return lostRows(rows, `the model refuses: ${refused.slice(0, MAX_WORDS)}`);
  const words = asText(message["content"]).trim();
  const label = optionOf(words, labels);
  if (label === null) return lostRows(rows, `the model says no option: "${words.slice(0, MAX_WORDS)}"`);
  if (!scored) return [{ kind: "label", label }];
  const tokens = objectsOf(asObject(choice["logprobs"])?.["content"]);
  // Servers that have no log probabilities leave them out.
  return [tokens.length === 0 ? { kind: "label", label } : probabilitiesOf(tokens, labels)];
}

/** A letter, or a label itself; with or without punctuation around it. */
function optionOf(words: string, labels: readonly string[]): number | null {
  const exact = labels.indexOf(words);
  if (exact >= 0) return exact;
  const bare = words.replaceAll(/^[\s"'`*([]+|[\s"'`*.:)\]]+$/g, "");
  const letter = hasLetters(labels) ? letterOf(bare, labels) : null;
  if (letter !== null) return letter;
  const known = labels.map((label) => label.toLowerCase());
  const spelt = known.indexOf(bare.toLowerCase());
  if (spelt >= 0 && known.lastIndexOf(bare.toLowerCase()) === spelt) return spelt;
  // "A. cat"
  const both = /^([A-Z])[.:)]\s*(.*)$/s.exec(bare);
  const named = both === null ? null : letterOf(both[1] ?? "", labels);
  return named !== null && labels[named]?.toLowerCase() === both?.[2]?.toLowerCase() ? named : null;
}

function letterOf(token: string, labels: readonly string[]): number | null {
  const index = token.length === 1 ? LETTERS.indexOf(token.toUpperCase()) : -1;
  return index >= 0 && index < labels.length ? index : null;
}

/** Probability of each letter at the first token that says something; what is not shown was kept back. */
function probabilitiesOf(
  tokens: readonly Readonly<Record<string, unknown>>[],
  labels: readonly string[],
): Answer {
  const first = tokens.find(({ token }) => asText(token).trim() !== "");
  const shown = objectsOf(first?.["top_logprobs"]);
  const values = new Float64Array(labels.length).fill(Number.NaN);
  for (const { token, logprob } of shown) {
    const label = letterOf(asText(token).trim(), labels);
    if (label === null) continue;
    if (typeof logprob !== "number" || logprob > 0)
      return { kind: "lost", reason: "a log probability is none" };
    // " A" and "A" are two tokens of one letter.
    const before = values[label] ?? Number.NaN;
    values[label] = (Number.isNaN(before) ? 0 : before) + Math.exp(logprob);
  }
  const sum = values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);
  if (sum > CERTAIN) return { kind: "lost", reason: `the probabilities sum to ${sum.toFixed(3)}` };
  return vectorAnswer(values);
}
