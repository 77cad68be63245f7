import { altered, EvidenceError } from "./error.js";
import { DEFLATED, STORED, type ZipEntry } from "./zip-frame.js";

/** What an archive may ask of whoever reads it. */
export interface ZipLimits {
  /** Bytes of the archive. */
  readonly archiveBytes: number;
  readonly entries: number;
  /** Bytes of one entry's content. */
  readonly entryBytes: number;
  /** Bytes of all contents together. */
  readonly contentBytes: number;
}

export const ZIP_LIMITS: ZipLimits = {
  // What a transcript of 100,000 large exchanges needs, and half of what can be read in one piece.
  archiveBytes: 2 ** 30,
  // An examination has some dozens of files; its residuals at most a few thousand.
  entries: 4096,
  // The longest chain that can be written.
  entryBytes: 2 ** 30,
  contentBytes: 2 ** 30 + 2 ** 28,
};

/** Deflate makes at most 258 bytes of 2 bits (RFC 1951, section 3.2.5); an archive that promises more is lying. */
const MAX_RATIO = 1032;
/** @throws EvidenceError ZIP_TOO_LARGE */
export function requireArchiveSize(bytes: number, limits: ZipLimits): void {
  if (bytes <= limits.archiveBytes) return;
  throw tooMuch("ZIP_TOO_LARGE", `the archive has ${bytes} bytes, more than ${limits.archiveBytes}`);
}

/** Takes the entries of an archive one by one, before anything of them is unpacked. */
export interface BulkCheck {
  /** @throws EvidenceError ZIP_TOO_MANY_ENTRIES, ZIP_ENTRY_TOO_LARGE, ZIP_CONTENT_TOO_LARGE, ZIP_BOMB, ZIP_FRAME */
  add(entry: ZipEntry): void;
}

export function createBulkCheck(limits: ZipLimits): BulkCheck {
  let entries = 0;
  let total = 0;
  return {
    add(entry) {
      entries += 1;
      total += entry.size;
      if (entries > limits.entries) {
        throw tooMuch("ZIP_TOO_MANY_ENTRIES", `the archive has more than ${limits.entries} entries`);
      }
      requireModest(entry, limits);
      if (total > limits.contentBytes) {
        throw tooMuch("ZIP_CONTENT_TOO_LARGE", `the archive holds more than ${limits.contentBytes} bytes`);
      }
    },
  };
}

function requireModest({ name, method, size, packed }: ZipEntry, limits: ZipLimits): void {
  if (size > limits.entryBytes) {
    throw tooMuch("ZIP_ENTRY_TOO_LARGE", `"${name}" has ${size} bytes, more than ${limits.entryBytes}`);
  }
  if (method === DEFLATED && size > MAX_RATIO * packed.length) {
    throw altered("ZIP_BOMB", `"${name}" promises more than its ${packed.length} bytes can hold`);
  }
  if (method === STORED && size !== packed.length) {
    throw altered("ZIP_FRAME", `"${name}" is stored with two different lengths`);
  }
}

function tooMuch(
  code: "ZIP_TOO_LARGE" | "ZIP_TOO_MANY_ENTRIES" | "ZIP_ENTRY_TOO_LARGE" | "ZIP_CONTENT_TOO_LARGE",
  message: string,
): EvidenceError {
  return new EvidenceError(code, message, "No evidence of ours is that large; do not unpack it.");
}
