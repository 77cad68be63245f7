import { type HfTask, hfBody, readHfAnswer } from "./hf.js";
import { asObject } from "./json-values.js";
import { parseJson } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import type { Decoding } from "./protocol.js";
import { foreignEncoding, foreignNote, type RecordReader } from "./record-reader.js";
import { type ClassNames, readClassNames, readsNames } from "./readings.js";
import { textsSetting } from "./settings.js";

/** The note of Hugging Face's inference. */
export interface HfDecoding extends Decoding {
  readonly protocol: "hf";
  readonly task: HfTask;
  readonly classes: ClassNames;
  readonly encoding: {
    /** As text: the record sorts names, and requests do not. */
    readonly parameters: string | null;
    readonly columns: readonly string[] | null;
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export const HF_RECORD: RecordReader = {
  decoder: (noted) => {
    const task = taskOf(noted);
    return readsNames((answer, rows) => readHfAnswer(answer, rows, task), readClassNames(noted["classes"]));
  },
  encoder: ({ parameters, columns, input }, noted) => {
    const encoding = {
      task: taskOf(noted),
      parameters:
        typeof parameters === "string"
          ? asObject(parseJson(new TextEncoder().encode(parameters), foreignEncoding))
          : null,
      columns: columns === null ? null : textsSetting({ columns }, "columns"),
      presentation: readPresentation(input),
    };
    return (rows) => hfBody(encoding, rows).body;
  },
  ordersClasses: ({ classes }) => Array.isArray(classes),
};

function taskOf({ task }: Decoding): HfTask {
  switch (task) {
    case "text-classification":
    case "image-classification":
    case "tabular-classification":
      return task;
    default:
      throw foreignNote();
  }
}
