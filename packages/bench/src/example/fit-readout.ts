import { probabilitiesOf } from "@indicia/autodiff/teacher";
import { findReadout } from "@indicia/core/marks/readout/find";
import { readFeatures } from "@indicia/core/marks/readout/features";
import type { Edit } from "@indicia/onnx/edit";
import { openModel } from "@indicia/onnx/open";
import { writeModel } from "@indicia/onnx/write";
import { BenchError } from "../error.js";
import type { Collected } from "./collected.js";
import { ridgeFit } from "./ridge-fit.js";

/**
 * A thief who has a good body for his model and fits nothing but its last layer to the answers, by least squares on
 * their logarithms.
 *
 * @param body the .onnx file whose last layer is fitted anew
 * @param collected what was answered, of one account or of several
 * @param out the .onnx file to be written
 * @throws BenchError MODEL_UNSUITABLE where the body has no last layer with a bias, or other classes than the answers
 */
export async function fitReadout(body: string, collected: readonly Collected[], out: string): Promise<void> {
  const model = openModel(body);
  try {
    const readout = findReadout(model);
    if ("refusal" in readout || readout.bias === null)
      throw new BenchError(
        "MODEL_UNSUITABLE",
        `${body} has no last layer with a bias`,
        "Give another --body.",
      );
    const { features: d, classes: m, layout, alpha, beta } = readout;
    const fit = ridgeFit(d + 1, m);
    for (const { inputs, answers } of collected) {
      const { rows, values: probabilities } = probabilitiesOf(answers);
      if (answers.classes !== m)
        throw new BenchError(
          "MODEL_UNSUITABLE",
          `${body} has ${m} classes`,
          `Answers have ${answers.classes}.`,
        );
      const { features } = await readFeatures(body, readout, { rows, tensors: inputs });
      for (let i = 0; i < rows; i++) {
        const logs = Float64Array.from(probabilities.subarray(i * m, (i + 1) * m), (p) =>
          Math.log(Math.max(p, 1e-30)),
        );
        const mean = logs.reduce((sum, each) => sum + each, 0) / m;
        fit.add(
          Float64Array.of(...features.subarray(i * d, (i + 1) * d), 1),
          logs.map((each) => each - mean),
        );
      }
    }
    const solved = fit.solve();
    const edits: Edit[] = [
      {
        kind: "values",
        tensor: readout.weight,
        update: (values, start) => {
          for (let i = 0; i < values.length; i++) {
            const at = start + i;
            const [c, j] = layout === "md" ? [Math.floor(at / d), at % d] : [at % m, Math.floor(at / m)];
            values[i] = (solved[j * m + c] ?? 0) / alpha;
          }
        },
      },
      {
        kind: "values",
        tensor: readout.bias,
        update: (values, start) => {
          for (let i = 0; i < values.length; i++) values[i] = (solved[d * m + start + i] ?? 0) / beta;
        },
      },
    ];
    writeModel(model, edits, out);
  } finally {
    model.close();
  }
}
