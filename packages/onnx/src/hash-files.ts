import { stat } from "node:fs/promises";
import { type FileHash, hashFileSync } from "./hash-file.js";
import { defaultWorkers, openPool, type PoolOptions, workerFile } from "./worker-pool.js";

/** Files smaller than this together are hashed before a thread has started. */
const MIN_BYTES: number = 32 * 2 ** 20;

export interface HashOptions extends PoolOptions {
  /** Files smaller than this together are hashed without threads, default 32 MiB. */
  readonly minBytes?: number;
}

/**
 * SHA-256 and size of files, several at once and beside whatever else this process does. Memory is 1 MiB per thread.
 *
 * @returns in the order given
 * @throws errors of the file system; OnnxError ABORTED
 */
export async function hashFiles(files: readonly string[], options: HashOptions = {}): Promise<FileHash[]> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const thread = workerFile(new URL("./hash-worker.js", import.meta.url));
  if (thread === null || total < (options.minBytes ?? MIN_BYTES)) return files.map(hashFileSync);
  const workers = Math.min(files.length, options.workers ?? defaultWorkers());
  const pool = openPool<string, FileHash>(thread, { ...options, workers });
  try {
    return await Promise.all(files.map((file) => pool.run(file)));
  } finally {
    await pool.close();
  }
}
