import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

/** Bytes read at a time: they stay in the cache until they are hashed. */
const CHUNK_BYTES: number = 2 ** 20;

/** What a file is known by. */
export interface FileHash {
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** SHA-256 and size of a file, streaming. @throws errors of the file system */
export function hashFileSync(file: string): FileHash {
  const descriptor = openSync(file, "r");
  try {
    const hash = createHash("sha256");
    const chunk = new Uint8Array(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const read = readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return { sha256: hash.digest("hex"), bytes };
      hash.update(chunk.subarray(0, read));
      bytes += read;
    }
  } finally {
    closeSync(descriptor);
  }
}
