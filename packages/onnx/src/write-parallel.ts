import { rm } from "node:fs/promises";
import path from "node:path";
import type { Edit } from "./edit.js";
import type { OnnxModel } from "./model.js";
import type { PieceTask } from "./serve-updates.js";
import { openPool, type PoolOptions, workerFile } from "./worker-pool.js";
import { writePieces } from "./write-pieces.js";
import { type PlannedFile, planWrite } from "./write-plan.js";
import {
  asModel,
  progressOf,
  totalOf,
  writeModel,
  type WriteOptions,
  type WrittenFile,
  type WrittenModel,
} from "./write.js";

/** Smaller models are written before threads have started. */
const MIN_BYTES: number = 32 * 2 ** 20;

export interface ParallelOptions extends WriteOptions, PoolOptions {
  /** Models below this many bytes are written without threads, default 32 MiB. */
  readonly minBytes?: number;
}

/**
 * As `writeModel`, and the same bytes, but threads read, update and write while this one hashes. Takes a few MB of
 * memory per thread. Where the edits do not say how to make them in threads (`worker`), or the model is small or in
 * memory, it is `writeModel`.
 *
 * @throws OnnxError EDIT_UNSUPPORTED, WRITE_ABORTED, and those of reading external data; errors of the file system
 */
export async function writeModelParallel(
  model: OnnxModel,
  edits: readonly Edit[],
  out: string,
  options: ParallelOptions = {},
): Promise<WrittenModel> {
  const files = planWrite(model, edits, out, options.reserved);
  const total = totalOf(files);
  const thread = total < (options.minBytes ?? MIN_BYTES) ? null : threadOf(files);
  if (thread === null) return writeModel(model, edits, out, options);
  const progress = progressOf(options, total);
  progress(0);
  const pool = openPool<PieceTask, null>(thread, options);
  const written: WrittenFile[] = [];
  try {
    for (const file of files) written.push({ name: file.name, ...(await writePieces(file, pool, progress)) });
    return asModel(written);
  } catch (error) {
    for (const { name } of written) await rm(path.join(path.dirname(out), name), { force: true });
    // What broke off is less telling than that it was broken off.
    progress(0);
    throw error;
  } finally {
    await pool.close();
  }
}

/** The module that makes all updates of these files in threads; null where they have to be made here. */
function threadOf(files: readonly PlannedFile[]): URL | null {
  const runs = files.flatMap(({ splices }) => splices.flatMap(({ run }) => run ?? []));
  const [first, ...others] = new Set(runs.map(({ worker }) => worker.module.href));
  const open = files.every(({ source }) => source.descriptor !== null);
  return first === undefined || others.length > 0 || !open ? null : workerFile(new URL(first));
}
