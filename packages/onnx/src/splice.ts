import { OnnxError } from "./error.js";
import type { WorkerUpdate } from "./edit.js";
import type { Enclosing, TensorEntry } from "./model.js";
import type { ByteSource } from "./source.js";
import { varintBytes } from "./wire.js";

export type Write = (bytes: Uint8Array) => void;

/** Bytes `start` to `end` of the source replaced by `length` others. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly length: number;
  readonly enclosing: readonly Enclosing[];
  /** Set where the others are the numbers that stood there, in place and updated by threads; else null. */
  readonly run: NumberRun | null;
  emit(write: Write): void;
}

/** Contiguous little-endian numbers of a tensor. */
export interface NumberRun {
  readonly tensor: Pick<TensorEntry, "name" | "type">;
  /** Bytes per number. */
  readonly each: number;
  /** Linear index of the first. */
  readonly firstIndex: number;
  readonly worker: WorkerUpdate;
}

/** Bytes copied at a time. */
const COPY_BYTES: number = 4 * 2 ** 20;

export function spliceBytes(
  start: number,
  end: number,
  bytes: Uint8Array,
  enclosing: readonly Enclosing[],
): Splice {
  return { start, end, length: bytes.length, enclosing, run: null, emit: (write) => write(bytes) };
}

/**
 * Splices in file order, with those added that rewrite the length prefixes of every message that grows or shrinks.
 *
 * @throws OnnxError EDIT_UNSUPPORTED where two edits touch the same bytes
 */
export function withLengths(splices: readonly Splice[]): Splice[] {
  const grown = new Map<
    number,
    { enclosing: Enclosing; parent: number | null; depth: number; delta: number }
  >();
  for (const splice of splices) {
    const delta = splice.length - (splice.end - splice.start);
    if (delta === 0) continue;
    let parent: number | null = null;
    for (const [depth, enclosing] of splice.enclosing.entries()) {
      const key = enclosing.content.start;
      const own = grown.get(key) ?? { enclosing, parent, depth, delta: 0 };
      if (depth === splice.enclosing.length - 1) own.delta += delta;
      grown.set(key, own);
      parent = key;
    }
  }
  const all = [...splices];
  for (const { enclosing, parent, delta } of [...grown.values()].sort((a, b) => b.depth - a.depth)) {
    const { length, content } = enclosing;
    const bytes = Uint8Array.from(varintBytes(content.end - content.start + delta));
    all.push(spliceBytes(length.start, length.end, bytes, []));
    const above = parent === null ? undefined : grown.get(parent);
    if (above !== undefined) above.delta += delta + bytes.length - (length.end - length.start);
  }
  all.sort((a, b) => a.start - b.start || a.end - b.end);
  for (const [i, splice] of all.entries()) {
    const next = all[i + 1];
    if (next !== undefined && next.start < splice.end) {
      throw new OnnxError(
        "EDIT_UNSUPPORTED",
        "two edits change the same bytes",
        "Edit each tensor and node once.",
      );
    }
  }
  return all;
}

/** Copy a source with its splices; what is not spliced is copied byte for byte. */
export function copyWith(source: ByteSource, splices: readonly Splice[], write: Write): void {
  let at = 0;
  for (const splice of splices) {
    copyRange(source, at, splice.start, write);
    splice.emit(write);
    at = splice.end;
  }
  copyRange(source, at, source.size, write);
}

function copyRange(source: ByteSource, from: number, to: number, write: Write): void {
  for (let at = from; at < to; at += COPY_BYTES) write(source.read(at, Math.min(COPY_BYTES, to - at)));
}
