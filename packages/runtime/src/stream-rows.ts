import path from "node:path";
import { type OnnxModel, openModel } from "@indicia/onnx/open";
import { rawBytes } from "@indicia/onnx/slice-bytes";
import { type Slice, sliceModel } from "@indicia/onnx/slice";
import type { ElementType, Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { checkAborted, joinBatches, type RowBatch, rowBatches, type RunRowsOptions } from "./run-rows.js";
import { openSession } from "./session.js";

/** Weights that a model may have to be run in one piece. */
const WHOLE_BYTES: number = 256 * 2 ** 20;
/** Weights in memory at a time: much more than what opening a session costs, and small against 600 MB. */
const SLICE_BYTES: number = 160 * 2 ** 20;
/** Values between slices kept at a time. */
const KEPT_BYTES: number = 32 * 2 ** 20;

export interface StreamRowsOptions extends RunRowsOptions {
  readonly outputs: readonly string[];
  /** Threads within one operator, default 1. */
  readonly threads?: number;
  /** Weights in memory at a time, in bytes. */
  readonly sliceBytes?: number;
  /** Values between slices kept at a time, in bytes. */
  readonly keptBytes?: number;
}

/** Whether a model is better run by {@link streamRows}. */
export function worthStreaming(model: Pick<OnnxModel, "tensors">): boolean {
  return model.tensors.reduce((sum, tensor) => sum + rawBytes(tensor), 0) > WHOLE_BYTES;
}

/**
 * Run a model over many rows with a part of its weights in memory at a time: slice after slice, each over as many
 * batches as memory for the values between slices allows. As `runRows` otherwise; last digits may differ from it,
 * since the runtime fuses no operators across slices.
 *
 * @returns null where the model cannot be sliced
 * @throws RuntimeError as `openSession` and `runRows`; OnnxError where the file cannot be indexed
 */
export async function streamRows(
  file: string,
  tensors: Readonly<Record<string, Tensor>>,
  options: StreamRowsOptions,
): Promise<Record<string, Tensor> | null> {
  const model = openModel(file);
  try {
    const slices = sliceModel(model, [...new Set(options.outputs)], options.sliceBytes ?? SLICE_BYTES);
    if (slices === null) return null;
    const batches = rowBatches(feedsOf(model), tensors, options.batch);
    const total = batches.reduce((sum, { count }) => sum + count, 0);
    let done = 0;
    const run: Streaming = {
      slices,
      folder: path.dirname(path.resolve(file)),
      options,
      results: new Map(),
      step: (count) => {
        checkAborted(options.signal, Math.floor(done), total);
        done += count / slices.length;
        options.onProgress?.(Math.min(total, Math.round(done)), total);
      },
    };
    await runFrom(
      run,
      0,
      batches.map((batch) => ({ batch, values: null })),
    );
    return joinBatches(
      batches,
      batches.map((batch) => run.results.get(batch) ?? {}),
    );
  } finally {
    model.close();
  }
}

/** A batch on its way: what earlier slices gave that is still needed; null before the first. */
interface Underway {
  readonly batch: RowBatch;
  readonly values: Readonly<Record<string, Tensor>> | null;
}

interface Streaming {
  readonly slices: readonly Slice[];
  readonly folder: string;
  readonly options: StreamRowsOptions;
  readonly results: Map<RowBatch, Record<string, Tensor>>;
  readonly step: (rows: number) => void;
}

/** Batches through this slice and all after it; where their values take too much memory, some of them first. */
async function runFrom(run: Streaming, index: number, given: readonly Underway[]): Promise<void> {
  const slice = run.slices[index];
  if (slice === undefined) {
    for (const { batch, values } of given) run.results.set(batch, { ...values });
    return;
  }
  const waiting = [...given];
  while (waiting.length > 0) {
    const passed = await runSlice(run, index, slice, waiting);
    await runFrom(run, index + 1, passed);
  }
}

/** Takes from `waiting` as many batches as may be kept, at least one. */
async function runSlice(
  run: Streaming,
  index: number,
  slice: Slice,
  waiting: Underway[],
): Promise<Underway[]> {
  const { options } = run;
  const session = await openSession(slice.build(typesOf(waiting[0]?.values ?? null)), {
    weightsFolder: run.folder,
    threads: options.threads ?? 1,
    prepack: false,
  });
  const later = new Set([...run.slices.slice(index + 1).flatMap(({ inputs }) => inputs), ...options.outputs]);
  const passed: Underway[] = [];
  try {
    for (let kept = 0; kept < (options.keptBytes ?? KEPT_BYTES); ) {
      const next = waiting.shift();
      if (next === undefined) break;
      const values = { ...next.batch.feeds(), ...next.values };
      const feeds = Object.fromEntries(slice.inputs.flatMap((name) => entry(values, name)));
      run.step(next.batch.count);
      const all = { ...next.values, ...(await session.run(feeds, slice.outputs)) };
      const wanted = Object.fromEntries(Object.entries(all).filter(([name]) => later.has(name)));
      for (const { data } of Object.values(wanted)) kept += ArrayBuffer.isView(data) ? data.byteLength : 0;
      passed.push({ batch: next.batch, values: wanted });
    }
  } finally {
    await session.close();
  }
  return passed;
}

function entry(values: Readonly<Record<string, Tensor>>, name: string): [string, Tensor][] {
  const value = values[name];
  return value === undefined ? [] : [[name, value]];
}

function typesOf(values: Readonly<Record<string, Tensor>> | null): Map<string, ElementType> {
  return new Map(Object.entries(values ?? {}).map(([name, { type }]) => [name, type]));
}

/** Inputs that are not stored in the model. */
function feedsOf({ graph }: OnnxModel): ValueInfo[] {
  const stored = new Set(graph.initializers.map(({ name }) => name));
  return graph.inputs.filter(({ name }) => !stored.has(name));
}
