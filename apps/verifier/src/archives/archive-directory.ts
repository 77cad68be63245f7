import type { FileHandle } from "node:fs/promises";
import { isEntryName } from "@indicia/evidence/zip-names";
import { VerifierError } from "../error.js";
import { type ArchiveLimits, MAX_DIRECTORY_BYTES, MAX_RATIO } from "./archive-limits.js";

/** A file in an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header is. */
  readonly at: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;
/** Made under Unix, so that the mode stands in the upper half of the attributes (APPNOTE.TXT 6.3.10, section 4.4.2). */
const UNIX = 3;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
/** What the archivers of desktops put beside the files. */
const CLUTTER = /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/**
 * The files of a zip archive as any archiver makes it (APPNOTE.TXT 6.3.10), by its directory. Folders and clutter are left
 * out; what no honest archive of a few files has is refused: links, encryption, several disks, zip64, names that lead out
 * of a folder or are one and the same on some file systems, sizes that lie or are beyond the limits.
 *
 * @throws VerifierError UNPROCESSABLE
 */
export async function readArchiveDirectory(
  file: FileHandle,
  limits: ArchiveLimits,
): Promise<{ readonly entries: readonly ArchiveEntry[]; readonly directoryAt: number }> {
  const { size } = await file.stat();
  const end = await findEnd(file, size);
  const count = end.readUInt16LE(10);
  const length = end.readUInt32LE(12);
  const directoryAt = end.readUInt32LE(16);
  if (end.readUInt32LE(4) !== 0 || end.readUInt16LE(8) !== count) throw refused("it lies on several disks");
  if (count === 0xffff || length === 0xffffffff || directoryAt === 0xffffffff)
    throw refused("it is in the zip64 format");
  if (length > MAX_DIRECTORY_BYTES || directoryAt + length > size) throw refused("its directory is damaged");
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, directoryAt);
  const entries: ArchiveEntry[] = [];
  const taken = new Set<string>();
  let total = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > length || bytes.readUInt32LE(at) !== CENTRAL_SIGNATURE)
      throw refused("its directory is damaged");
    const next = at + CENTRAL_BYTES + sumOfLengths(bytes, at);
    const entry = next > length ? null : readEntry(bytes, at);
    if (next > length) throw refused("its directory is damaged");
    at = next;
    if (entry === null) continue;
    requireModest(entry, limits);
    if (taken.has(entry.name.toLowerCase())) throw refused(`it has "${entry.name}" twice`);
    taken.add(entry.name.toLowerCase());
    total += entry.bytes;
    entries.push(entry);
    if (entries.length > limits.entries) throw refused(`it has more than ${limits.entries} files`);
    if (total > limits.totalBytes) throw refused(`it unpacks to more than ${limits.totalBytes} bytes`);
  }
  return { entries, directoryAt };
}

function sumOfLengths(bytes: Buffer, at: number): number {
  return bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
}

/** An entry, or null for folders and clutter. */
function readEntry(bytes: Buffer, at: number): ArchiveEntry | null {
  const from = at + CENTRAL_BYTES;
  const name = bytes.toString("utf8", from, from + bytes.readUInt16LE(at + 28));
  const method = bytes.readUInt16LE(at + 10);
  const isUnix = bytes.readUInt8(at + 5) === UNIX;
  const type = isUnix ? (bytes.readUInt32LE(at + 38) >>> 16) & FILE_TYPE : 0;
  if (name.endsWith("/") || CLUTTER.test(name)) return null;
  if (!isEntryName(name)) throw refused(`it has a file with the name ${JSON.stringify(name.slice(0, 200))}`);
  if (type !== 0 && type !== REGULAR) throw refused(`"${name}" is no plain file`);
  if ((bytes.readUInt16LE(at + 8) & ENCRYPTED) !== 0) throw refused(`"${name}" is encrypted`);
  if (method !== STORED && method !== DEFLATED) throw refused(`"${name}" is packed by an unusual method`);
  return {
    name,
    deflated: method === DEFLATED,
    crc: bytes.readUInt32LE(at + 16),
    packedBytes: bytes.readUInt32LE(at + 20),
    bytes: bytes.readUInt32LE(at + 24),
    at: bytes.readUInt32LE(at + 42),
  };
}

function requireModest({ name, deflated, bytes, packedBytes }: ArchiveEntry, limits: ArchiveLimits): void {
  if (bytes > limits.entryBytes) throw refused(`"${name}" has more than ${limits.entryBytes} bytes`);
  const possible = deflated ? bytes <= MAX_RATIO * packedBytes : bytes === packedBytes;
  if (!possible) throw refused(`"${name}" claims a size that it cannot have`);
}

async function findEnd(file: FileHandle, size: number): Promise<Buffer> {
  const length = Math.min(size, END_BYTES + MAX_COMMENT);
  const tail = Buffer.alloc(length);
  await file.read(tail, 0, length, size - length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_SIGNATURE && at + END_BYTES + tail.readUInt16LE(at + 20) === length)
      return tail.subarray(at, at + END_BYTES);
  }
  throw refused("it was cut, or is no zip archive");
}

export function refused(why: string, cause?: unknown): VerifierError {
  return new VerifierError(
    "UNPROCESSABLE",
    `the archive cannot be used: ${why}`,
    "Pack the plain files with `zip -r`, and upload that.",
    { cause },
  );
}
