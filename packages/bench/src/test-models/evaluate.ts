import { openSession } from "@indicia/runtime/session";
import { toFloat64 } from "@indicia/onnx/tensor";
import { drawGlyphs, GLYPH_CLASSES, GLYPH_SIZE } from "./glyphs.js";

export interface Evaluation {
  /** Share of images labelled right. */
  readonly accuracy: number;
  /** Mean negative log-likelihood of the right label, nats. */
  readonly loss: number;
  /** Mean of the largest probability; close to the accuracy where probabilities are calibrated. */
  readonly confidence: number;
}

/**
 * Measure a classifier on fresh draws.
 *
 * @param model path or bytes of an .onnx file with input [n, 1, 20, 20] and output "probabilities"
 */
export async function evaluate(
  model: string | Uint8Array,
  options: { readonly seed: number | string; readonly count: number },
): Promise<Evaluation> {
  const { images, labels } = drawGlyphs(options);
  const session = await openSession(model);
  try {
    const dims = [options.count, 1, GLYPH_SIZE, GLYPH_SIZE];
    const outputs = await session.runRows({ image: { type: "float32", dims, data: images } });
    const probabilities = outputs["probabilities"];
    if (probabilities === undefined) throw new Error('the model has no output "probabilities"');
    return measure(toFloat64(probabilities), labels);
  } finally {
    await session.close();
  }
}

function measure(probabilities: Float64Array, labels: Int32Array): Evaluation {
  const classes = GLYPH_CLASSES.length;
  const n = labels.length;
  let right = 0;
  let loss = 0;
  let confidence = 0;
  for (let i = 0; i < n; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const largest = Math.max(...row);
    const label = labels[i] ?? 0;
    if (row.indexOf(largest) === label) right++;
    loss -= Math.log(Math.max(row[label] ?? 0, Number.MIN_VALUE)) / n;
    confidence += largest / n;
  }
  return { accuracy: right / n, loss, confidence };
}
