import { type ElementType, elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { AutodiffError } from "./error.js";

/** Rows per run: the activations of more do not fit the processor's cache. */
const BATCH = 100;
const FLOATS: readonly ElementType[] = ["float32", "float64", "float16"];

/** What a classifier answers to rows. */
export interface Answers {
  readonly rows: number;
  readonly classes: number;
  /** [rows, classes]; logits or probabilities, as the model has them. */
  readonly values: Float32Array;
}

export interface AnswerOptions {
  /** Output of the model or value inside it, default the first output. */
  readonly output?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Ask a classifier.
 *
 * @param model path or bytes of an .onnx file
 * @throws AutodiffError DATA_SHAPE where the output is not floats [rows, classes]; RuntimeError
 */
export async function answersOf(
  model: string | Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
  options: AnswerOptions = {},
): Promise<Answers> {
  const { output, signal, onProgress } = options;
  const session = await openSession(model, output === undefined ? {} : { taps: [output] });
  try {
    const name = output ?? session.outputs[0]?.name ?? "";
    const { [name]: answer } = await session.runRows(inputs, {
      outputs: [name],
      batch: BATCH,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const [rows = 0, ...rest] = answer?.dims ?? [];
    if (answer !== undefined && FLOATS.includes(answer.type) && rest.length > 0)
      return { rows, classes: elementCount(rest), values: singles(answer) };
    throw new AutodiffError(
      "DATA_SHAPE",
      `the output "${name}" is no floats [rows, classes]`,
      "Name the output of a classifier.",
    );
  } finally {
    await session.close();
  }
}

function singles(tensor: Tensor): Float32Array {
  return tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(toFloat64(tensor));
}

/** The largest class of every row; the first of equals. */
export function labelsOf({ rows, classes, values }: Answers): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    const row = values.subarray(i * classes, (i + 1) * classes);
    let best = 0;
    for (let j = 1; j < classes; j++) if ((row[j] ?? 0) > (row[best] ?? 0)) best = j;
    return best;
  });
}

/** Share of rows whose labels are equal: the accuracy of one of them, or the agreement of two models. */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let equal = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++;
  return a.length === 0 ? 0 : equal / a.length;
}
