import type { Answers } from "@indicia/autodiff/evaluate";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";

/** Name of a teacher's answers in its artefact. */
export const ANSWERS = "answers.f32";

/** Probabilities [n, m] as little-endian float32. */
export function answersBytes(answers: Tensor): Uint8Array {
  const values = toFloat64(answers);
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [at, value] of values.entries()) view.setFloat32(4 * at, value, true);
  return new Uint8Array(view.buffer);
}

export function readAnswers(bytes: Uint8Array, classes: number): Answers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
  return { rows: values.length / classes, classes, values };
}
