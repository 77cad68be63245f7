import type { ValueInfo } from "@indicia/onnx/tensor";
import { declaredInputs } from "./declared-inputs.js";
import { readPresentation } from "./presentation-settings.js";
import type { Decoding } from "./protocol.js";
import { foreignNote, type RecordReader } from "./record-reader.js";
import { type ClassNames, readClassNames, readsNames } from "./readings.js";
import type { Lone } from "./row-reading.js";
import { readTfAnswer, type TfFormat, type TfReading, tfBody } from "./tf-serving.js";

/** The note of TensorFlow Serving. */
export interface TfServingDecoding extends Decoding {
  readonly protocol: "tf-serving";
  readonly format: TfFormat;
  readonly output: string | null;
  readonly lone: Lone;
  readonly classes: ClassNames;
  readonly encoding: {
    readonly signature: string | null;
    readonly inputs: readonly ValueInfo[];
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export const TF_SERVING_RECORD: RecordReader = {
  decoder: (noted) => {
    const reading = readingOf(noted);
    return readsNames(
      (answer, rows) => readTfAnswer(answer, rows, reading),
      readClassNames(noted["classes"]),
    );
  },
  encoder: ({ signature, inputs, input }, noted) => {
    const { format } = readingOf(noted);
    const encoding = {
      format,
      signature: typeof signature === "string" ? signature : null,
      inputs: declaredInputs(inputs),
      presentation: readPresentation(input),
    };
    return (rows) => tfBody(encoding, rows);
  },
  ordersClasses: ({ classes }) => Array.isArray(classes),
};

function readingOf({ format, output, lone }: Decoding): TfReading {
  if (format !== "instances" && format !== "inputs") throw foreignNote();
  if (lone !== "label" && lone !== "score") throw foreignNote();
  if (typeof output !== "string" && output !== null) throw foreignNote();
  return { format, output, lone };
}
