import { openModel } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import type { RunRowsOptions } from "./run-rows.js";
import { openSession } from "./session.js";
import { streamRows, worthStreaming } from "./stream-rows.js";

export interface RunModelOptions extends RunRowsOptions {
  /** Outputs of the model, or values inside it. */
  readonly outputs: readonly string[];
  /** Rows per run where the model is loaded whole, default 32. */
  readonly batch?: number;
  /** Threads within one operator, default 1. */
  readonly threads?: number;
  /** See `SessionOptions`; a streamed model is never prepacked. */
  readonly prepack?: boolean;
}

/**
 * Run a model once over rows: loaded whole where it is small, else streamed, with a part of its weights in memory
 * at a time.
 *
 * @param model path of an .onnx file, or its bytes
 * @throws RuntimeError, OnnxError as `openSession`, `runRows` and `streamRows`
 */
export async function runModel(
  model: string | Uint8Array,
  tensors: Readonly<Record<string, Tensor>>,
  options: RunModelOptions,
): Promise<Record<string, Tensor>> {
  const { declared, large } = typeof model === "string" ? look(model) : { declared: null, large: false };
  if (large && typeof model === "string") {
    const { batch: _, ...rest } = options;
    const streamed = await streamRows(model, tensors, rest);
    if (streamed !== null) return streamed;
  }
  const session = await openSession(model, {
    taps: options.outputs.filter((name) => declared?.has(name) !== true),
    threads: options.threads ?? 1,
    ...(options.prepack === undefined ? {} : { prepack: options.prepack }),
  });
  try {
    return await session.runRows(tensors, options);
  } finally {
    await session.close();
  }
}

function look(file: string): { readonly declared: ReadonlySet<string>; readonly large: boolean } {
  const model = openModel(file);
  try {
    return { declared: new Set(model.graph.outputs.map(({ name }) => name)), large: worthStreaming(model) };
  } finally {
    model.close();
  }
}
