import { asObject, asText } from "./json-values.js";
import { decodeOpenAi, type OpenAiEncoding, openAiBody, type OpenAiReading } from "./openai.js";
import { parseJson } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import type { Decoding } from "./protocol.js";
import { foreignEncoding, foreignNote, type RecordReader } from "./record-reader.js";
import { textsSetting } from "./settings.js";

/** The note of a chat that was asked for labels. */
export interface OpenAiDecoding extends Decoding, OpenAiReading {
  readonly protocol: "openai";
  readonly encoding: Omit<OpenAiEncoding, "extra" | "presentation"> & {
    /** As text: the record sorts names, and requests do not. */
    readonly extra: string;
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export const OPENAI_RECORD: RecordReader = {
  decoder: (noted) => {
    const reading = readingOf(noted);
    return { decode: (answer, rows) => decodeOpenAi(answer, rows, reading) };
  },
  encoder: (encoding, noted) => {
    const asked = encodingOf(encoding, readingOf(noted).labels);
    return (rows) => openAiBody(asked, rows);
  },
  ordersClasses: () => true,
};

function readingOf({ labels, scored }: Decoding): OpenAiReading {
  const known = textsSetting({ labels }, "labels");
  if (known === null || typeof scored !== "boolean") throw foreignNote();
  return { labels: known, scored };
}

function encodingOf(encoding: Readonly<Record<string, unknown>>, labels: readonly string[]): OpenAiEncoding {
  const { model, prompt, system, topLogprobs, seed, maxTokens, tokensMember, extra, input } = encoding;
  if (tokensMember !== "max_tokens" && tokensMember !== "max_completion_tokens") {
    throw foreignEncoding("it does not say how many tokens were asked for");
  }
  return {
    model: asText(model),
    prompt: asText(prompt),
    system: typeof system === "string" ? system : null,
    labels,
    topLogprobs: typeof topLogprobs === "number" ? topLogprobs : null,
    seed: Number(seed),
    maxTokens: Number(maxTokens),
    tokensMember,
    extra: asObject(parseJson(new TextEncoder().encode(asText(extra)), foreignEncoding)) ?? {},
    presentation: readPresentation(input),
  };
}
