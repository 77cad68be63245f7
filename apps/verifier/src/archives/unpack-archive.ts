import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import { VerifierError } from "../error.js";
import { type ArchiveEntry, readArchiveDirectory, refused } from "./archive-directory.js";
import type { ArchiveLimits } from "./archive-limits.js";

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;

/** An entry with where its packed content is. */
interface PlacedEntry extends ArchiveEntry {
  readonly from: number;
}

/** Whether a file begins as a zip archive does. */
export async function isArchive(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32LE(0) === LOCAL_SIGNATURE;
  } finally {
    await handle.close();
  }
}

/**
 * Unpack an archive into a folder, which must be empty. A folder that holds all of the archive is left out.
 *
 * @returns names of the files, sorted
 * @throws VerifierError UNPROCESSABLE; what was unpacked until then is left
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  limits: ArchiveLimits,
): Promise<readonly string[]> {
  const handle = await open(archive, "r");
  let entries: readonly PlacedEntry[];
  try {
    const directory = await readArchiveDirectory(handle, limits);
    entries = await placed(handle, directory);
  } finally {
    await handle.close();
  }
  const depth = commonFolder(entries.map(({ name }) => name)).length;
  const names = entries.map((entry) => ({ entry, name: entry.name.slice(depth) }));
  requireTree(names.map(({ name }) => name));
  for (const { entry, name } of names) {
    const target = path.join(folder, name);
    await mkdir(path.dirname(target), { recursive: true });
    await unpack(archive, entry, target);
  }
  return names.map(({ name }) => name).sort();
}

/** Where the contents are. Those that share bytes, as in bombs, are refused. */
async function placed(
  file: FileHandle,
  { entries, directoryAt }: { readonly entries: readonly ArchiveEntry[]; readonly directoryAt: number },
): Promise<PlacedEntry[]> {
  const header = Buffer.alloc(LOCAL_BYTES);
  const found: PlacedEntry[] = [];
  let free = 0;
  for (const entry of entries.toSorted((a, b) => a.at - b.at)) {
    const { bytesRead } = await file.read(header, 0, LOCAL_BYTES, entry.at);
    if (bytesRead < LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE)
      throw refused(`"${entry.name}" is not where the directory says`);
    const from = entry.at + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (entry.at < free || from + entry.packedBytes > directoryAt)
      throw refused(`"${entry.name}" shares its bytes with something else`);
    free = from + entry.packedBytes;
    found.push({ ...entry, from });
  }
  return found;
}

async function unpack(archive: string, entry: PlacedEntry, target: string): Promise<void> {
  const { name, from, packedBytes, deflated } = entry;
  const check = (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> => checked(entry, pieces);
  const out = createWriteStream(target, { flags: "wx", mode: 0o600, flush: true });
  const packed =
    packedBytes === 0
      ? Readable.from([])
      : createReadStream(archive, { start: from, end: from + packedBytes - 1 });
  try {
    if (deflated) await pipeline(packed, zlib.createInflateRaw(), check, out);
    else await pipeline(packed, check, out);
  } catch (error) {
    if (error instanceof VerifierError || (error instanceof Error && "syscall" in error)) throw error;
    throw refused(`"${name}" cannot be unpacked`, error);
  }
}

/** Lets a content through as long as it is what the directory promised. */
async function* checked(
  { name, bytes, crc }: ArchiveEntry,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  let sum = 0;
  for await (const piece of pieces) {
    length += piece.length;
    sum = zlib.crc32(piece, sum);
    if (length > bytes) throw refused(`"${name}" is larger than it says`);
    yield piece;
  }
  if (length !== bytes || sum !== crc) throw refused(`"${name}" is damaged`);
}

/** The folder, with its slash, in which all files lie; empty where there is none. */
function commonFolder(names: readonly string[]): string {
  const [first = ""] = names;
  const folder = first.slice(0, first.indexOf("/") + 1);
  return names.every((name) => name.startsWith(folder)) ? folder : "";
}

/** A name cannot be both a file and a folder. */
function requireTree(names: readonly string[]): void {
  const files = new Set(names.map((name) => name.toLowerCase()));
  for (const name of files) {
    const words = name.split("/").slice(0, -1);
    const folders = words.map((_, i) => words.slice(0, i + 1).join("/"));
    const both = folders.find((folder) => files.has(folder));
    if (both !== undefined) throw refused(`"${both}" is both a file and a folder`);
  }
}
