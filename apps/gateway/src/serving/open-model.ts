import { readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { featureReader, type ReadoutTaps, tapsOf } from "@indicia/core/marks/readout/features";
import { findReadout } from "@indicia/core/marks/readout/find";
import { type OnnxModel, openModel, openModelBytes } from "@indicia/onnx/open";
import type { SessionOptions } from "@indicia/runtime/session";
import { openSessionThreads } from "@indicia/runtime/session-threads";
import type { Scores } from "../defences/defence.js";
import { type Batcher, type BatchingOptions, createBatcher } from "./batcher.js";
import { classifier, type LiveModel, plainModel } from "./live-model.js";

/** More threads than this wait for memory, not for each other. */
const MOST_WORKERS = 4;
/** Enough rows to keep the kernels busy; larger batches of real classifiers fall out of the cache, and keep others waiting. */
const MAX_ROWS = 4;
/** Bytes up to which a model's file is read once for all its threads. */
const MAX_SHARED_BYTES: number = 2 ** 30;

/** Where a classifier's scores, logits and features are read. */
export type ScoreTaps = ReadoutTaps & Pick<Scores, "tail">;

/** Path of an .onnx file, or its bytes; or the bytes with those of its external data. */
export type ModelInput = string | Uint8Array | ModelInMemory;

/** A model whose weights lie in files of their own, none of which is on any disk. */
export interface ModelInMemory {
  readonly bytes: Uint8Array;
  readonly externalData: NonNullable<SessionOptions["externalData"]>;
}

export interface LiveModelOptions {
  readonly name: string;
  readonly version: string;
  readonly model: ModelInput;
  /** Threads that each hold the model, default one per processor, at most 4. */
  readonly workers?: number;
  /** Threads within one operator, default 1: with more, the last digits depend on how many there are. */
  readonly threads?: number;
  /** Default: up to 4 rows together as they come, without waiting. */
  readonly batching?: Partial<BatchingOptions>;
  /**
   * What defences work on: the registered read-out, `find` for one that the file shows (a model without one is served
   * as it is), or null, the default, for outputs that no defence changes.
   */
  readonly scores?: ScoreTaps | "find" | null;
}

/**
 * Load a model to be served: in threads of its own, the rows of all who ask run together.
 *
 * @throws Error with a code of RuntimeError or OnnxError for a file that cannot be served
 */
export async function openLiveModel(options: LiveModelOptions): Promise<LiveModel> {
  const { name, version } = options;
  const model = await loaded(options.model);
  const scores = options.scores === "find" ? found(model) : (options.scores ?? null);
  const session = await openBatcher(model, scores === null ? [] : tapsOf(scores), options);
  if (scores === null) return plainModel(name, version, session);
  const reader = { ...featureReader(session, scores), ready: () => session.ready() };
  return classifier({ name, version, scores, reader });
}

/** A model in threads, its runs shared by all who ask. @param taps values inside the graph that are answered too */
export async function openBatcher(
  source: ModelInput,
  taps: readonly string[],
  options: Pick<LiveModelOptions, "workers" | "threads" | "batching">,
): Promise<Batcher> {
  const model = await loaded(source);
  const isOne = typeof model === "string" || model instanceof Uint8Array;
  const threads = await openSessionThreads(fileOrBytes(model), {
    ...(isOne ? {} : { externalData: model.externalData }),
    workers: options.workers ?? Math.min(MOST_WORKERS, availableParallelism()),
    threads: options.threads ?? 1,
    taps,
  });
  return createBatcher(threads, { maxRows: MAX_ROWS, maxWaitMs: 0, fixedRows: null, ...options.batching });
}

/** Read once, so that all threads have the same file, though another may be put in its place meanwhile. */
async function loaded(model: ModelInput): Promise<ModelInput> {
  if (typeof model !== "string") return model;
  const { size } = await stat(model).catch(() => ({ size: Number.POSITIVE_INFINITY }));
  if (size > MAX_SHARED_BYTES || hasExternalData(model)) return model;
  return readFile(model);
}

/** A file that cannot be read has none: whoever loads it says what is wrong. */
function hasExternalData(file: string): boolean {
  try {
    const opened = openModel(file);
    opened.close();
    return opened.externalFiles.length > 0;
  } catch {
    return false;
  }
}

/** A model's graph, for as long as it is looked at. Weights in files of their own are not. */
export function openGraph(model: ModelInput): OnnxModel {
  const source = fileOrBytes(model);
  return typeof source === "string" ? openModel(source) : openModelBytes(source);
}

function fileOrBytes(model: ModelInput): string | Uint8Array {
  return typeof model === "string" || model instanceof Uint8Array ? model : model.bytes;
}

function found(model: ModelInput): ScoreTaps | null {
  const opened = openGraph(model);
  try {
    const readout = findReadout(opened);
    return "refusal" in readout ? null : readout;
  } finally {
    opened.close();
  }
}
