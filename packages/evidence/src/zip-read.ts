import { Inflate } from "fflate";
import { equalBytes } from "./bytes.js";
import { crc32 } from "./crc32.js";
import { altered, EvidenceError } from "./error.js";
import {
  DEFLATED,
  directory,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  localHeader,
  STORED,
  type ZipEntry,
} from "./zip-frame.js";
import { createBulkCheck, requireArchiveSize, ZIP_LIMITS, type ZipLimits } from "./zip-limits.js";
import { createNameCheck } from "./zip-names.js";

/** How contents are unpacked and checked; the platform's is some five times as fast as the portable one. */
export interface Unpacker {
  /**
   * Undo deflate.
   *
   * @throws EvidenceError ZIP_BOMB, ZIP_INFLATE where it does not give `size` bytes exactly
   */
  readonly inflate: (entry: ZipEntry) => Uint8Array;
  readonly crc32: (bytes: Uint8Array) => number;
}

/** Input unpacked at a time, so that a bomb is noticed after at most a thousandfold of it. */
const PIECE_BYTES: number = 64 * 2 ** 10;

/**
 * Read an archive as `writeZip` makes it. Every byte outside the packed contents is compared with what `writeZip` would
 * have written, so that nothing can hide in it: no data before, between or after the entries, no flags, dates,
 * attributes, comments or extra fields.
 *
 * @throws EvidenceError ZIP_TOO_LARGE, ZIP_PREFIX, ZIP_TRUNCATED, ZIP_METHOD, ZIP_NAME, ZIP_DUPLICATE, ZIP_COLLISION,
 *   ZIP_ORDER, ZIP_TOO_MANY_ENTRIES, ZIP_ENTRY_TOO_LARGE, ZIP_CONTENT_TOO_LARGE, ZIP_BOMB, ZIP_FRAME, ZIP_TRAILING
 */
export function readZip(bytes: Uint8Array, limits: ZipLimits = ZIP_LIMITS): ZipEntry[] {
  requireArchiveSize(bytes.length, limits);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ZipEntry[] = [];
  const names = createNameCheck();
  const bulk = createBulkCheck(limits);
  let at = 0;
  while (hasLocalHeader(view, at)) {
    const entry = readEntry(view, bytes, at);
    names.add(entry.name);
    bulk.add(entry);
    const header = localHeader(entry);
    if (!equalBytes(header, bytes.subarray(at, at + header.length))) {
      throw altered("ZIP_FRAME", `the header of "${entry.name}" is not as it was written`);
    }
    entries.push(entry);
    at += header.length + entry.packed.length;
  }
  if (at === 0) throw altered("ZIP_PREFIX", "the file does not begin with an entry of an archive");
  requireDirectory(bytes.subarray(at), directory(entries));
  return entries;
}

/**
 * The content of an entry.
 *
 * @throws EvidenceError ZIP_BOMB (it unpacks to more than it said), ZIP_INFLATE (it cannot be unpacked, or to less),
 *   ZIP_CHECKSUM
 */
export function unpackEntry(entry: ZipEntry, unpacker: Unpacker = { inflate, crc32 }): Uint8Array {
  // A copy, so that a large archive need not stay in memory for the sake of one small file. The slice of a Node buffer
  // would be none.
  const content = entry.method === STORED ? new Uint8Array(entry.packed) : unpacker.inflate(entry);
  if (unpacker.crc32(content) === entry.crc) return content;
  throw altered("ZIP_CHECKSUM", `"${entry.name}" does not have its checksum`);
}

function hasLocalHeader(view: DataView, at: number): boolean {
  return at + 4 <= view.byteLength && view.getUint32(at, true) === LOCAL_SIGNATURE;
}

function readEntry(view: DataView, bytes: Uint8Array, at: number): ZipEntry {
  if (at + LOCAL_BYTES > bytes.length) throw truncated();
  const method = view.getUint16(at + 8, true);
  const crc = view.getUint32(at + 14, true);
  const packedSize = view.getUint32(at + 18, true);
  const size = view.getUint32(at + 22, true);
  const from = at + LOCAL_BYTES + view.getUint16(at + 26, true);
  // Latin-1 keeps every byte apart, and no name beyond ASCII passes.
  const name = String.fromCharCode(
    ...bytes.subarray(at + LOCAL_BYTES, Math.min(from, at + LOCAL_BYTES + 1024)),
  );
  if (from + packedSize > bytes.length) throw truncated();
  if (method !== STORED && method !== DEFLATED) {
    throw altered("ZIP_METHOD", "an entry of the archive is neither stored nor deflated");
  }
  return { name, method, crc, size, packed: bytes.subarray(from, from + packedSize) };
}

function requireDirectory(found: Uint8Array, expected: Uint8Array): void {
  const common = found.subarray(0, expected.length);
  if (!equalBytes(common, expected.subarray(0, common.length))) {
    throw altered("ZIP_FRAME", "the directory of the archive is not as it was written");
  }
  if (found.length < expected.length) throw truncated();
  if (found.length > expected.length) throw altered("ZIP_TRAILING", "the archive has data after its end");
}

function inflate({ name, packed, size }: ZipEntry): Uint8Array {
  // Even nothing is deflated to a block of some bits.
  if (packed.length === 0) throw altered("ZIP_INFLATE", `"${name}" cannot be unpacked`);
  const content = new Uint8Array(size);
  let filled = 0;
  const stream = new Inflate((piece) => {
    if (filled + piece.length > size)
      throw altered("ZIP_BOMB", `"${name}" unpacks to more than ${size} bytes`);
    content.set(piece, filled);
    filled += piece.length;
  });
  try {
    let after = 0;
    for (let from = 0; from < packed.length; from += PIECE_BYTES) {
      // Once all is there, what may still come is the end mark of the last block, never a second piece.
      if (filled === size) after += 1;
      if (after > 1) throw altered("ZIP_INFLATE", `"${name}" goes on after its end`);
      stream.push(packed.subarray(from, from + PIECE_BYTES), from + PIECE_BYTES >= packed.length);
    }
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause;
    throw altered("ZIP_INFLATE", `"${name}" cannot be unpacked`, { cause });
  }
  if (filled < size) throw altered("ZIP_INFLATE", `"${name}" unpacks to less than ${size} bytes`);
  return content;
}

function truncated(): EvidenceError {
  return altered("ZIP_TRUNCATED", "the archive ends too early");
}
