import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Edit } from "@indicia/onnx/edit";
import { producer } from "@indicia/onnx/navigate";
import { openModel, openModelBytes } from "@indicia/onnx/open";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { modelBytes } from "@indicia/onnx/write";
import type { InferenceSession } from "onnxruntime-node";
import { checkFeeds } from "./check-feeds.js";
import { RuntimeError } from "./error.js";
import { fromOrt, loadOrt, type OrtModule, toOrt, valueInfo } from "./ort.js";
import { reason } from "./reason.js";
import { type RunRowsOptions, runRows } from "./run-rows.js";

/** The runtime's configuration entry for the folder of a model's external data. */
const WEIGHTS_FOLDER = "model_external_initializers_file_folder_path";

export interface SessionOptions {
  /** Values inside the graph to be answered as well, by name. */
  readonly taps?: readonly string[];
  /** Threads within one operator, default 1. */
  readonly threads?: number;
  /** Graph rewriting by the runtime before the first run, default "all". */
  readonly optimisation?: "disabled" | "basic" | "extended" | "all";
  /**
   * Whether weights are rearranged once for faster runs, default true. For a few runs of a large model that takes
   * longer than the runs, and twice the memory.
   */
  readonly prepack?: boolean;
  /** Path where the runtime saves the graph as it rewrote it; default nowhere. */
  readonly saveOptimised?: string;
  /** Where the external data of a model in memory lie. */
  readonly weightsFolder?: string;
  /** External data of a model in memory that are in memory too, by their locations. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** A loaded model. */
export interface Session {
  readonly inputs: readonly ValueInfo[];
  /** Declared outputs and, after them, the taps. */
  readonly outputs: readonly ValueInfo[];
  /**
   * One run with exactly these feeds.
   *
   * @param outputs wanted, default all that are tensors
   * @throws RuntimeError INPUT_*, OUTPUT_UNKNOWN, RUN_FAILED, SESSION_CLOSED
   */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** {@link runRows}: many rows in batches. */
  runRows(
    tensors: Readonly<Record<string, Tensor>>,
    options?: RunRowsOptions,
  ): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/**
 * Load a model into onnxruntime, on the CPU.
 *
 * One thread is the default because it makes answers repeatable: with more, sums are split by thread and their last
 * digits depend on how many there are. The same model, inputs, thread count and batch give the same bytes on one
 * machine; other processors and other releases of the runtime differ in the last digits.
 *
 * @param model path of an .onnx file (external data are read from beside it) or its bytes (external data as `options` say)
 * @throws RuntimeError MODEL_NOT_FOUND, MODEL_INVALID, OUTPUT_UNKNOWN for a tap that the graph does not compute;
 *   OnnxError where taps are asked for and the file cannot be indexed
 */
export async function openSession(
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  if (typeof model === "string" && !existsSync(model)) {
    throw new RuntimeError("MODEL_NOT_FOUND", `"${model}" does not exist`, "Give the path of an .onnx file.");
  }
  const ort = await loadOrt();
  const taps = options.taps ?? [];
  const plain: InferenceSession.SessionOptions = {
    executionProviders: ["cpu"],
    intraOpNumThreads: options.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: options.optimisation ?? "all",
    logSeverityLevel: 4,
    ...(options.saveOptimised === undefined ? {} : { optimizedModelFilePath: options.saveOptimised }),
    ...(options.externalData === undefined ? {} : { externalData: [...options.externalData] }),
  };
  const native = await load(
    ort,
    model,
    taps,
    withConfig(plain, {
      ...(options.prepack === false ? { disable_prepacking: "1" } : {}),
      ...(options.weightsFolder === undefined ? {} : { [WEIGHTS_FOLDER]: options.weightsFolder }),
    }),
  );
  const inputs = native.inputMetadata.map(valueInfo);
  return wrap(
    ort,
    native,
    inputs.some(({ dims }) => dims === null) ? withDeclaredShapes(inputs, model) : inputs,
  );
}

async function load(
  ort: OrtModule,
  model: string | Uint8Array,
  taps: readonly string[],
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const source = taps.length === 0 ? { model, options } : withTaps(model, taps, options);
  try {
    return typeof source.model === "string"
      ? await ort.InferenceSession.create(source.model, source.options)
      : await ort.InferenceSession.create(source.model, source.options);
  } catch (cause) {
    throw new RuntimeError(
      "MODEL_INVALID",
      `onnxruntime cannot load the model: ${reason(cause)}`,
      "Check that the file is a complete ONNX model with operators that onnxruntime knows.",
      { cause },
    );
  }
}

/** The model with more outputs, in memory; external data stay where they are. */
function withTaps(
  model: string | Uint8Array,
  taps: readonly string[],
  options: InferenceSession.SessionOptions,
): { readonly model: Uint8Array; readonly options: InferenceSession.SessionOptions } {
  const opened = typeof model === "string" ? openModel(model) : openModelBytes(model);
  try {
    const declared = new Set(opened.graph.outputs.map(({ name }) => name));
    const wanted = [...new Set(taps)].filter((name) => !declared.has(name));
    for (const name of wanted) {
      if (producer(opened.graph, name) === null) {
        throw new RuntimeError(
          "OUTPUT_UNKNOWN",
          `the model computes no "${name}"`,
          "Name the output of a node.",
        );
      }
    }
    const edits = wanted.map((value): Edit => ({ kind: "add-output", graph: opened.graph, value }));
    const folder = typeof model === "string" ? dirname(resolve(model)) : null;
    return {
      model: modelBytes(opened, edits),
      options:
        folder === null || opened.externalFiles.length === 0
          ? options
          : withConfig(options, { [WEIGHTS_FOLDER]: folder }),
    };
  } finally {
    opened.close();
  }
}

/** Entries of the runtime's configuration that begin with `session.`. */
function withConfig(
  options: InferenceSession.SessionOptions,
  entries: Readonly<Record<string, string>>,
): InferenceSession.SessionOptions {
  const session = Object.assign({}, options.extra?.["session"], entries);
  return { ...options, extra: { ...options.extra, session } };
}

/** The runtime does not tell a scalar from an undeclared shape; the file does. */
function withDeclaredShapes(inputs: readonly ValueInfo[], model: string | Uint8Array): ValueInfo[] {
  const opened = typeof model === "string" ? openModel(model) : openModelBytes(model);
  try {
    return inputs.map((input) => {
      const declared = opened.graph.inputs.find(({ name }) => name === input.name);
      return { ...input, dims: input.dims ?? declared?.dims ?? null };
    });
  } finally {
    opened.close();
  }
}

function wrap(ort: OrtModule, native: InferenceSession, inputs: readonly ValueInfo[]): Session {
  const outputs = native.outputMetadata.map(valueInfo);
  let closed = false;
  const run: Session["run"] = async (feeds, wanted) => {
    if (closed) throw new RuntimeError("SESSION_CLOSED", "the model was closed", "Open it again.");
    checkFeeds(inputs, feeds);
    const names = wanted ?? outputs.filter(({ type }) => type !== null).map(({ name }) => name);
    for (const name of names) {
      if (!outputs.some((output) => output.name === name)) {
        throw new RuntimeError(
          "OUTPUT_UNKNOWN",
          `the model has no output "${name}"`,
          `Its outputs: ${outputs.map((output) => `"${output.name}"`).join(", ")}.`,
        );
      }
    }
    const values = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, toOrt(ort, name, t)]));
    const results = await native.run(values, [...names], { logSeverityLevel: 4 }).catch((cause: unknown) => {
      throw new RuntimeError(
        "RUN_FAILED",
        `the model fails on these inputs: ${reason(cause)}`,
        "Check that the inputs are what the model expects.",
        { cause },
      );
    });
    return Object.fromEntries(names.map((name) => [name, fromOrt(name, results[name])]));
  };
  return {
    inputs,
    outputs,
    run,
    runRows: (tensors, options) => runRows(inputs, run, tensors, options),
    close: async () => {
      if (closed) return;
      closed = true;
      await native.release();
    },
  };
}
