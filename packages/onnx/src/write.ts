import { createHash, type Hash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import type { Edit } from "./edit.js";
import { OnnxError } from "./error.js";
import type { OnnxModel } from "./model.js";
import { copyWith, withLengths, type Write } from "./splice.js";
import { inlineSplices, type PlannedFile, planWrite } from "./write-plan.js";

/** Models above this are written to disk, not built in memory. */
export const MAX_IN_MEMORY: number = 2 ** 30;

export interface WrittenFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface WrittenModel {
  /** SHA-256 of the .onnx file, hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly externalFiles: readonly WrittenFile[];
}

export interface WriteOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Another folder in which the names of external files have to be free, since they are to be moved there. */
  readonly reserved?: string;
}

/**
 * Write a model with edits: everything else is copied byte for byte, streaming, so that no edit at all gives the same
 * file. The old file stays whole until the new one is on disk. External data that change, or have to move, get
 * files beside `out`; the source's own files are never written to.
 *
 * @throws OnnxError EDIT_UNSUPPORTED, WRITE_ABORTED, and those of reading external data
 */
export function writeModel(
  model: OnnxModel,
  edits: readonly Edit[],
  out: string,
  options: WriteOptions = {},
): WrittenModel {
  const files = planWrite(model, edits, out, options.reserved);
  const progress = progressOf(options, totalOf(files));
  const written: WrittenFile[] = [];
  try {
    for (const { name, target, source, splices } of files) {
      written.push({ name, ...writeFile(target, (write) => copyWith(source, splices, write), progress) });
    }
    return asModel(written);
  } catch (error) {
    for (const { name } of written) rmSync(path.join(path.dirname(out), name), { force: true });
    throw error;
  }
}

/** Bytes to be written, but for what edits of the graph add. */
export function totalOf(files: readonly PlannedFile[]): number {
  return files.reduce((sum, { source }) => sum + source.size, 0);
}

/** What is told of the files of a model, of which the .onnx file is the last. */
export function asModel(written: readonly WrittenFile[]): WrittenModel {
  const main = written.at(-1);
  if (main === undefined) throw new RangeError("a model has at least one file");
  return { sha256: main.sha256, bytes: main.bytes, externalFiles: written.slice(0, -1) };
}

/**
 * The .onnx file with edits, in memory. External data stay where they are and cannot be edited this way.
 *
 * @throws OnnxError ONNX_TOO_LARGE, EDIT_UNSUPPORTED
 */
export function modelBytes(model: OnnxModel, edits: readonly Edit[]): Uint8Array {
  const external = edits.some((edit) => edit.kind === "values" && edit.tensor.storage.kind === "external");
  if (external)
    throw new OnnxError(
      "EDIT_UNSUPPORTED",
      "external data are not edited in memory",
      "Write the model to a file.",
    );
  const splices = withLengths(inlineSplices(model, edits));
  const size = splices.reduce(
    (sum, { start, end, length }) => sum + length - (end - start),
    model.source.size,
  );
  if (size > MAX_IN_MEMORY) {
    throw new OnnxError(
      "ONNX_TOO_LARGE",
      `the model would take ${size} bytes of memory`,
      "Write it to a file.",
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  copyWith(model.source, splices, (part) => {
    bytes.set(part, at);
    at += part.length;
  });
  return bytes;
}

/** @returns counts written bytes, and throws OnnxError WRITE_ABORTED once the signal is aborted */
export function progressOf({ onProgress, signal }: WriteOptions, total: number): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    if (signal?.aborted === true) {
      throw new OnnxError("WRITE_ABORTED", "writing was interrupted", "Nothing was changed; start again.");
    }
    done += bytes;
    onProgress?.(Math.min(done, total), total);
  };
}

function writeFile(
  target: string,
  produce: (write: Write) => void,
  progress: (bytes: number) => void,
): Omit<WrittenFile, "name"> {
  const temporary = `${target}.tmp-${process.pid}`;
  const file = openSync(temporary, "w");
  const hash: Hash = createHash("sha256");
  let bytes = 0;
  try {
    try {
      produce((part) => {
        for (let offset = 0; offset < part.length; ) offset += writeSync(file, part, offset);
        hash.update(part);
        bytes += part.length;
        progress(part.length);
      });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(target));
  return { sha256: hash.digest("hex"), bytes };
}

/** A rename is on disk only once its folder is; Windows can neither open nor sync one, and need not. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
