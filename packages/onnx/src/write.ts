import { createHash, type Hash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import type { Edit } from "./edit.js";
import { OnnxError } from "./error.js";
import { graphSplices } from "./graph-splice.js";
import type { OnnxModel, TensorEntry } from "./model.js";
import { externalSource } from "./external.js";
import { rawLocation } from "./read-tensor.js";
import { copyWith, type Splice, spliceBytes, withLengths, type Write } from "./splice.js";
import { rawSplice, valuesSplices } from "./values-splice.js";
import { delimited } from "./wire.js";

/** Models above this are written to disk, not built in memory. */
export const MAX_IN_MEMORY: number = 2 ** 30;
/** Field number of StringStringEntryProto.value, where a location stands. */
const ENTRY_VALUE = 2;

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
  const moves = externalMoves(model, edits, out);
  const total =
    model.source.size + moves.reduce((sum, { location }) => sum + externalSource(model, location).size, 0);
  const progress = progressOf(options, total);
  const externalFiles: WrittenFile[] = [];
  const made: string[] = [];
  try {
    for (const { location, name, edited } of moves) {
      const target = path.join(path.dirname(out), name);
      const splices = withLengths(edited.map((edit) => externalSplice(model, edit)));
      const written = writeFile(
        target,
        (write) => copyWith(externalSource(model, location), splices, write),
        progress,
      );
      made.push(target);
      externalFiles.push({ name, ...written });
    }
    const splices = withLengths([...inlineSplices(model, edits), ...locationSplices(model, moves)]);
    const written = writeFile(out, (write) => copyWith(model.source, splices, write), progress);
    return { ...written, externalFiles };
  } catch (error) {
    for (const file of made) rmSync(file, { force: true });
    throw error;
  }
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

function inlineSplices(model: OnnxModel, edits: readonly Edit[]): Splice[] {
  return edits.flatMap((edit) =>
    edit.kind === "values" ? valuesSplices(model, edit.tensor, edit.update) : graphSplices(edit),
  );
}

type ValuesEdit = Extract<Edit, { kind: "values" }>;

/** An external file that has to be written beside the new model, under its name there. */
interface Move {
  readonly location: string;
  readonly name: string;
  readonly edited: readonly ValuesEdit[];
}

function externalMoves(model: OnnxModel, edits: readonly Edit[], out: string): Move[] {
  const folder = path.resolve(path.dirname(out));
  const stays = model.directory !== null && path.resolve(model.directory) === folder;
  const taken = new Set<string>();
  return model.externalFiles.flatMap((location) => {
    const edited = edits.filter(
      (edit): edit is ValuesEdit =>
        edit.kind === "values" &&
        edit.tensor.storage.kind === "external" &&
        edit.tensor.storage.location === location,
    );
    if (stays && edited.length === 0) return [];
    const name = freshName(folder, path.basename(out), taken);
    taken.add(name);
    return [{ location, name, edited }];
  });
}

function freshName(folder: string, base: string, taken: ReadonlySet<string>): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? `${base}.data` : `${base}.${i}.data`;
    if (!taken.has(name) && !existsSync(path.join(folder, name))) return name;
  }
}

function externalSplice(model: OnnxModel, { tensor, update }: ValuesEdit): Splice {
  const place = rawLocation(model, tensor);
  if (place === null) throw new TypeError("an external tensor has a place in its file");
  return { ...rawSplice(place.source, place.range.start, place.range.end, 0, tensor, update), enclosing: [] };
}

function locationSplices(model: OnnxModel, moves: readonly Move[]): Splice[] {
  const names = new Map(moves.map(({ location, name }) => [location, name]));
  const encoder = new TextEncoder();
  return model.tensors.flatMap(({ storage, locationRange }: TensorEntry) => {
    const name = storage.kind === "external" ? names.get(storage.location) : undefined;
    if (name === undefined || locationRange === null) return [];
    const { start, end, enclosing } = locationRange;
    return [spliceBytes(start, end, delimited(ENTRY_VALUE, encoder.encode(name)), enclosing)];
  });
}

function progressOf({ onProgress, signal }: WriteOptions, total: number): (bytes: number) => void {
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
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
