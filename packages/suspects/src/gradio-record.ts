import { gradioBody } from "./gradio-data.js";
import type { GradioParameter } from "./gradio-info.js";
import { readGradio } from "./gradio.js";
import { asText, objectsOf } from "./json-values.js";
import { parseJson } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import type { Decoding } from "./protocol.js";
import { type ClassNames, readClassNames, readsNames } from "./readings.js";
import { foreignEncoding, foreignNote, type RecordReader } from "./record-reader.js";

/** The note of a Gradio app. */
export interface GradioDecoding extends Decoding {
  readonly protocol: "gradio";
  readonly output: number;
  readonly classes: ClassNames;
  readonly encoding: {
    /** As text: the record sorts names, and requests do not. */
    readonly parameters: string;
    readonly fileObjects: boolean;
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export const GRADIO_RECORD: RecordReader = {
  decoder: ({ output, classes }) => {
    if (typeof output !== "number" || !Number.isInteger(output) || output < 0) throw foreignNote();
    return readsNames((answer, rows) => readGradio(answer, rows, output), readClassNames(classes));
  },
  encoder: ({ parameters, fileObjects, input }) => {
    const noted = parseJson(new TextEncoder().encode(asText(parameters)), foreignEncoding);
    const encoding = {
      parameters: objectsOf(noted).map(
        ({ component, name, otherwise }): GradioParameter => ({
          component: asText(component),
          name: asText(name),
          ...(otherwise === undefined ? {} : { otherwise }),
        }),
      ),
      fileObjects: fileObjects === true,
      presentation: readPresentation(input),
    };
    return (rows) => gradioBody(encoding, rows);
  },
  ordersClasses: ({ classes }) => Array.isArray(classes),
};
