import { promisify } from "node:util";
import zlib from "node:zlib";
import { altered, EvidenceError } from "./error.js";
import { DEFLATED, type ZipEntry } from "./zip-frame.js";
import { readZip, type Unpacker } from "./zip-read.js";

/** Smallest piece that zlib works in. */
const MIN_CHUNK = 64;
/** Entries that unpack to less are not worth a thread. */
const AHEAD_BYTES: number = 2 ** 20;

/** Deflate and CRC-32 by the platform; for the options of portable functions. */
export const nativeUnpacker: Unpacker = { inflate, crc32: (bytes) => zlib.crc32(bytes) };

/**
 * Unpack the large entries of an archive on the platform's threads.
 *
 * @returns an unpacker of this archive that has them; what went wrong is said when it is asked
 */
export async function unpackAhead(archive: Uint8Array): Promise<Unpacker> {
  const ready = new Map<string, Inflated>();
  await Promise.all(
    largeEntries(archive).map(async ({ name, packed, size }) => {
      try {
        ready.set(name, inflatedFrom(await inflateRaw(packed, optionsFor(size))));
      } catch {
        // Unpacked again, it fails again, with a code.
      }
    }),
  );
  return {
    ...nativeUnpacker,
    inflate: (entry) => {
      const found = ready.get(entry.name);
      ready.delete(entry.name);
      return found === undefined ? inflate(entry) : whole(entry, found);
    },
  };
}

function largeEntries(archive: Uint8Array): ZipEntry[] {
  try {
    return readZip(archive).filter(({ method, size }) => method === DEFLATED && size >= AHEAD_BYTES);
  } catch {
    return [];
  }
}

/** What was unpacked, and of how many bytes. */
interface Inflated {
  readonly content: Uint8Array;
  readonly read: number;
}

function inflate(entry: ZipEntry): Uint8Array {
  const { name, packed, size } = entry;
  try {
    return whole(entry, inflatedFrom(zlib.inflateRawSync(packed, optionsFor(size))));
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause;
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE")
      throw altered("ZIP_BOMB", `"${name}" unpacks to more than ${size} bytes`, { cause });
    throw altered("ZIP_INFLATE", `"${name}" cannot be unpacked`, { cause });
  }
}

function whole({ name, packed, size }: ZipEntry, { content, read }: Inflated): Uint8Array {
  if (content.length < size) throw altered("ZIP_INFLATE", `"${name}" unpacks to less than ${size} bytes`);
  if (content.length > size) throw altered("ZIP_BOMB", `"${name}" unpacks to more than ${size} bytes`);
  if (read < packed.length) throw altered("ZIP_INFLATE", `"${name}" goes on after its end`);
  return content;
}

const inflateRaw = promisify<Uint8Array, zlib.ZlibOptions, unknown>(zlib.inflateRaw);

/** One piece of the whole size, so that no second copy is ever made of it. */
function optionsFor(size: number): zlib.ZlibOptions {
  return { info: true, chunkSize: Math.max(MIN_CHUNK, size + 1), maxOutputLength: size + 1 };
}

/** @param result of zlib with the option `info` */
function inflatedFrom(result: unknown): Inflated {
  const { buffer, engine } = result as { buffer: Uint8Array<ArrayBuffer>; engine: { bytesWritten: number } };
  const { byteOffset, length } = buffer;
  return { content: new Uint8Array(buffer.buffer, byteOffset, length), read: engine.bytesWritten };
}
