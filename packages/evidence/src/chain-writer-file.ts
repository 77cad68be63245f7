import { MAX_CHAIN_BYTES } from "./chain.js";
import { EvidenceError } from "./error.js";

const NEWLINE = 0x0a;

/** Writes lines to the end of a file, in the order of calls, many to one fsync. */
export interface Writer {
  /** Resolves when the line and its newline are on disk. */
  write(line: Uint8Array, name: string): Promise<void>;
  close(): Promise<void>;
}

/** What a writer needs of an open file. */
export interface WritableFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly line: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: EvidenceError) => void;
}

/**
 * @param handle open for reading and writing
 * @param end where the next line begins
 */
export function createWriter(handle: WritableFile, end: number): Writer {
  /** Where the next batch goes, and where the file ends once all that waits is written. */
  let position = end;
  let promised = end;
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;
  let failure: EvidenceError | null = null;

  async function flush(): Promise<void> {
    // Calls made in the same turn share the first fsync; later ones gather while it runs.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const bytes = joined(batch);
        await writeAll(handle, bytes, position);
        await handle.datasync();
        position += bytes.length;
        for (const each of batch) each.resolve();
      } catch (cause) {
        // What reached the disk is unknown now. Nothing more is written; opening the file again finds out.
        failure = new EvidenceError(
          "CHAIN_WRITE_FAILED",
          "a line could not be written to disk",
          "Check the disk.",
          {
            cause,
          },
        );
        for (const each of [...batch, ...waiting]) each.reject(failure);
        waiting = [];
      }
    }
    flushing = null;
  }

  return {
    write(line, name) {
      if (failure !== null) throw failure;
      if (promised + line.length + 1 > MAX_CHAIN_BYTES) {
        const message = `the ${name} chain would grow beyond ${MAX_CHAIN_BYTES} bytes`;
        throw new EvidenceError("CHAIN_TOO_LARGE", message, "Begin another, with a smaller budget.");
      }
      promised += line.length + 1;
      return new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        flushing ??= flush();
      });
    },
    async close() {
      await flushing;
      await handle.close();
    },
  };
}

function joined(batch: readonly Waiting[]): Uint8Array {
  const bytes = new Uint8Array(batch.reduce((sum, { line }) => sum + line.length + 1, 0));
  let at = 0;
  for (const { line } of batch) {
    bytes.set(line, at);
    at += line.length;
    bytes[at] = NEWLINE;
    at += 1;
  }
  return bytes;
}

/** A write may take only part of what it is given. */
async function writeAll(handle: WritableFile, bytes: Uint8Array, from: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, from + done);
    done += bytesWritten;
  }
}
