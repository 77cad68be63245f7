import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { PieceTask } from "./serve-updates.js";
import type { Splice } from "./splice.js";
import type { WorkerPool } from "./worker-pool.js";
import type { PlannedFile } from "./write-plan.js";
import { syncFolder, type WrittenFile } from "./write.js";

/** Bytes of one piece: enough to outweigh its messages, and a multiple of every number's size. */
const PIECE_BYTES: number = 4 * 2 ** 20;
/** Pieces under way per thread: one at work, one waiting, one being hashed. */
const PIECES_PER_THREAD = 3;
/** Bytes after which what was written is brought to disk while more is written, so that little is left at the end. */
const SYNC_BYTES: number = 128 * 2 ** 20;

/** A stretch of the new file. */
type Piece = Omit<PieceTask, "slot" | "source" | "target" | "at"> | Splice;

/**
 * Write one file beside its place, piece by piece in threads, hash the pieces in order, and rename it when it is on
 * disk. On any failure nothing is left of it, and what stood in its place still does.
 *
 * @param progress is told of written bytes, and may throw to end it
 */
export async function writePieces(
  { source, splices, target }: PlannedFile,
  pool: WorkerPool<PieceTask, null>,
  progress: (bytes: number) => void,
): Promise<Omit<WrittenFile, "name">> {
  const temporary = `${target}.tmp-${process.pid}`;
  const file = await open(temporary, "w");
  const slots = Array.from(
    { length: PIECES_PER_THREAD * pool.size },
    () => new SharedArrayBuffer(PIECE_BYTES),
  );
  const underway: {
    readonly slot: SharedArrayBuffer;
    readonly length: number;
    readonly done: Promise<null>;
  }[] = [];
  const hash = createHash("sha256");
  const flush = flusher(file);
  let bytes = 0;
  const take = (part: Uint8Array): void => {
    hash.update(part);
    progress(part.length);
    flush.wrote(part.length);
  };
  /** Wait for the oldest piece; its slot is free afterwards. */
  const settle = async (): Promise<void> => {
    const [oldest] = underway;
    if (oldest === undefined) return;
    await oldest.done;
    take(new Uint8Array(oldest.slot, 0, oldest.length));
    underway.shift();
    slots.push(oldest.slot);
  };
  try {
    try {
      for (const piece of piecesOf(source.size, splices)) {
        if ("emit" in piece) {
          while (underway.length > 0) await settle();
          piece.emit((part) => {
            writeAll(file.fd, part, bytes);
            bytes += part.length;
            take(part);
          });
          continue;
        }
        while (slots.length === 0) await settle();
        const slot = slots.pop();
        if (slot === undefined || source.descriptor === null) throw new TypeError("a slot and an open file");
        const done = pool.run({ ...piece, source: source.descriptor, target: file.fd, at: bytes, slot });
        // Whoever waits for it hears of its failure; until then it is not unheard of.
        done.catch(() => {});
        underway.push({ slot, length: piece.length, done });
        bytes += piece.length;
      }
      while (underway.length > 0) await settle();
      await flush.finish();
    } finally {
      // Threads may still be writing to the descriptor, which must not be somebody else's by then.
      await Promise.allSettled(underway.map(({ done }) => done));
      await flush.settled();
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(target));
  return { sha256: hash.digest("hex"), bytes };
}

/** The new file in order: stretches of the old one, copied or updated, and splices that are made here. */
function* piecesOf(size: number, splices: readonly Splice[]): Generator<Piece, void, void> {
  let at = 0;
  for (const splice of splices) {
    yield* cut(at, splice.start, null);
    if (splice.run === null) yield splice;
    else yield* cut(splice.start, splice.end, splice.run);
    at = splice.end;
  }
  yield* cut(at, size, null);
}

function* cut(start: number, end: number, run: Splice["run"]): Generator<Piece, void, void> {
  for (let from = start; from < end; from += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, end - from);
    if (run === null) yield { from, length, update: null };
    else {
      const { tensor, worker, each } = run;
      const firstIndex = run.firstIndex + (from - start) / each;
      yield { from, length, update: { tensor, firstIndex, data: worker.data } };
    }
  }
}

/** Brings a file to disk while it is being written. */
function flusher(file: FileHandle): {
  wrote: (bytes: number) => void;
  finish: () => Promise<void>;
  settled: () => Promise<void>;
} {
  let since = 0;
  let current: Promise<void> | null = null;
  let failure: unknown = null;
  const sync = async (): Promise<void> => {
    try {
      await file.datasync();
    } catch (error) {
      failure ??= error;
    }
    current = null;
  };
  return {
    wrote: (bytes) => {
      since += bytes;
      if (since < SYNC_BYTES || current !== null) return;
      since = 0;
      current = sync();
    },
    finish: async () => {
      await current;
      await file.sync();
      if (failure !== null) throw failure;
    },
    settled: async () => {
      await current;
    },
  };
}

function writeAll(descriptor: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
}
