import { readPresentation } from "./presentation-settings.js";
import type { Decoding } from "./protocol.js";
import { foreignNote, type RecordReader } from "./record-reader.js";
import { type ClassNames, readClassNames, readsNames } from "./readings.js";
import type { Lone } from "./row-reading.js";
import { readTorchAnswer, type TorchEnvelope, torchBody } from "./torchserve.js";

/** The note of TorchServe. */
export interface TorchServeDecoding extends Decoding {
  readonly protocol: "torchserve";
  readonly envelope: TorchEnvelope;
  readonly lone: Lone;
  readonly classes: ClassNames;
  readonly encoding: {
    readonly member: string | null;
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export const TORCHSERVE_RECORD: RecordReader = {
  decoder: (noted) => {
    const reading = readingOf(noted);
    return readsNames(
      (answer, rows) => readTorchAnswer(answer, rows, reading),
      readClassNames(noted["classes"]),
    );
  },
  encoder: ({ member, input }, noted) => {
    const { envelope } = readingOf(noted);
    const encoding = {
      envelope,
      member: typeof member === "string" ? member : null,
      presentation: readPresentation(input),
    };
    return (rows) => torchBody(encoding, rows).body;
  },
  ordersClasses: ({ classes }) => Array.isArray(classes),
};

function readingOf({ envelope, lone }: Decoding): { readonly envelope: TorchEnvelope; readonly lone: Lone } {
  if (envelope !== "none" && envelope !== "json") throw foreignNote();
  if (lone !== "label" && lone !== "score") throw foreignNote();
  return { envelope, lone };
}
