import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { BLOCK, padding, readTarHeader, tarHeader } from "./tar.js";
import { VerifierError } from "../error.js";

/** Bytes that are copied at once. */
const CHUNK: number = 2 ** 20;
/** A name that stays inside of where it is unpacked. */
const NAME = /^(?!.*(^|\/)\.\.?(\/|$))[^/\0\\][^\0\\]*$/;

/** What was written or read, for the manifest. */
export interface Hashed {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** Append a file of known length to an archive. Of one that grows meanwhile, what was there at first is taken. */
export async function appendFile(archive: FileHandle, name: string, source: FileHandle): Promise<Hashed> {
  const { size } = await source.stat();
  const chunk = Buffer.alloc(CHUNK);
  return await appendBytes(archive, name, size, async (at) => {
    const { bytesRead } = await source.read(chunk, 0, Math.min(CHUNK, size - at), at);
    if (bytesRead === 0)
      throw new VerifierError("STATE_CONFLICT", `${name} was cut off while it was read`, "Try again.");
    return chunk.subarray(0, bytesRead);
  });
}

/** @param next gives what follows after so many bytes */
export async function appendBytes(
  archive: FileHandle,
  name: string,
  bytes: number,
  next: (at: number) => Promise<Uint8Array>,
): Promise<Hashed> {
  await archive.writeFile(tarHeader({ name, bytes }));
  const hash = createHash("sha256");
  for (let at = 0; at < bytes; ) {
    const part = await next(at);
    hash.update(part);
    await archive.writeFile(part);
    at += part.length;
  }
  await archive.writeFile(Buffer.alloc(padding(bytes)));
  return { name, bytes, sha256: hash.digest("hex") };
}

/** Two empty blocks end an archive. */
export async function endArchive(archive: FileHandle): Promise<void> {
  await archive.writeFile(Buffer.alloc(2 * BLOCK));
}

/**
 * Walk an archive.
 *
 * @param take is told of each file, and gives a function for each of its pieces, which it has to be done with when it
 *   resolves
 * @throws VerifierError DATA_INVALID where it is damaged or cut off
 */
export async function readArchive(
  file: string,
  take: (name: string) => Promise<{
    readonly write: (bytes: Uint8Array) => Promise<void>;
    readonly end: () => Promise<void>;
  }>,
): Promise<Hashed[]> {
  const handle = await open(file);
  const found: Hashed[] = [];
  try {
    const block = Buffer.alloc(BLOCK);
    const chunk = Buffer.alloc(CHUNK);
    for (let at = 0; ; ) {
      await readFully(handle, block, at);
      const header = readTarHeader(block);
      if (header === null) return found;
      if (!NAME.test(header.name)) throw damaged();
      at += BLOCK;
      const end = at + header.bytes;
      const hash = createHash("sha256");
      const sink = await take(header.name);
      try {
        while (at < end) {
          const part = chunk.subarray(0, Math.min(CHUNK, end - at));
          await readFully(handle, part, at);
          hash.update(part);
          await sink.write(part);
          at += part.length;
        }
      } finally {
        await sink.end();
      }
      at += padding(header.bytes);
      found.push({ ...header, sha256: hash.digest("hex") });
    }
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, into: Buffer, at: number): Promise<void> {
  const { bytesRead } = await handle.read(into, 0, into.length, at);
  if (bytesRead !== into.length) throw damaged();
}

function damaged(): VerifierError {
  return new VerifierError("DATA_INVALID", "the archive is damaged or cut off", "Take another backup.");
}
