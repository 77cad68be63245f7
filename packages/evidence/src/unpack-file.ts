import zlib from "node:zlib";
import { altered } from "./error.js";
import type { ZipEntry } from "./zip-frame.js";
import type { Unpacker } from "./zip-read.js";

/** Smallest piece that zlib works in. */
const MIN_CHUNK = 64;

/** Deflate and CRC-32 by the platform; for the options of portable functions. */
export const nativeUnpacker: Unpacker = { inflate, crc32: (bytes) => zlib.crc32(bytes) };

/** One piece of the whole size, so that no second copy is ever made of it. */
function inflate({ name, packed, size }: ZipEntry): Uint8Array {
  const { content, read } = inflated(name, packed, size);
  if (content.length < size) throw altered("ZIP_INFLATE", `"${name}" unpacks to less than ${size} bytes`);
  if (content.length > size) throw altered("ZIP_BOMB", `"${name}" unpacks to more than ${size} bytes`);
  if (read < packed.length) throw altered("ZIP_INFLATE", `"${name}" goes on after its end`);
  return content;
}

function inflated(name: string, packed: Uint8Array, size: number): { content: Uint8Array; read: number } {
  const options = { info: true, chunkSize: Math.max(MIN_CHUNK, size + 1), maxOutputLength: size + 1 };
  try {
    const result: unknown = zlib.inflateRawSync(packed, options);
    const { buffer, engine } = result as {
      buffer: Uint8Array<ArrayBuffer>;
      engine: { bytesWritten: number };
    };
    const { byteOffset, length } = buffer;
    return { content: new Uint8Array(buffer.buffer, byteOffset, length), read: engine.bytesWritten };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE")
      throw altered("ZIP_BOMB", `"${name}" unpacks to more than ${size} bytes`, { cause });
    throw altered("ZIP_INFLATE", `"${name}" cannot be unpacked`, { cause });
  }
}
