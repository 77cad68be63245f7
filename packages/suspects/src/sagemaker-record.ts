import { readJsonAnswer } from "./json-config.js";
import { asObject } from "./json-values.js";
import { parseJson } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import type { Decoding } from "./protocol.js";
import { foreignEncoding, foreignNote, type RecordReader } from "./record-reader.js";
import { type ClassNames, readClassNames, readsNames } from "./readings.js";
import type { Lone } from "./row-reading.js";
import {
  readSageMakerAnswer,
  type SageMakerContent,
  type SageMakerReading,
  sageMakerBody,
} from "./sagemaker.js";

/** The note of SageMaker's invocations. What signs them leaves nothing in it. */
export interface SageMakerDecoding extends Decoding {
  readonly protocol: "sagemaker";
  readonly lone: Lone;
  readonly classes: ClassNames;
  readonly answer: Readonly<Record<string, unknown>> | null;
  readonly encoding: {
    readonly content: SageMakerContent;
    /** As text: the record sorts names, and requests do not. */
    readonly request: string | null;
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export const SAGEMAKER_RECORD: RecordReader = {
  decoder: (noted) => {
    const reading = readingOf(noted);
    return readsNames(
      (answer, rows) => readSageMakerAnswer(answer, rows, reading),
      readClassNames(noted["classes"]),
    );
  },
  encoder: ({ content, request, input }) => {
    const encoding = {
      content: contentOf(content),
      request:
        typeof request === "string" ? parseJson(new TextEncoder().encode(request), foreignEncoding) : null,
      presentation: readPresentation(input),
    };
    return (rows) => sageMakerBody(encoding, rows);
  },
  ordersClasses: (noted) => {
    const { answer } = readingOf(noted);
    return (
      Array.isArray(noted["classes"]) || (answer?.kind !== "vector" && (answer?.classes ?? null) !== null)
    );
  },
};

function readingOf({ lone, answer }: Decoding): SageMakerReading {
  if (lone !== "label" && lone !== "score") throw foreignNote();
  const settings = asObject(answer);
  if (settings === null && answer !== null) throw foreignNote();
  return { lone, answer: settings === null ? null : readJsonAnswer(settings) };
}

function contentOf(content: unknown): SageMakerContent {
  switch (content) {
    case "application/json":
    case "text/csv":
    case "application/x-image":
    case "text/plain":
      return content;
    default:
      throw foreignEncoding("it names no content type");
  }
}
