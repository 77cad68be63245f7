import { deflateSync } from "fflate";
import { concatBytes } from "@noble/hashes/utils.js";
import { crc32 } from "./crc32.js";
import { DEFLATED, directory, localHeader, STORED, type ZipEntry } from "./zip-frame.js";
import { createBulkCheck, requireArchiveSize, ZIP_LIMITS } from "./zip-limits.js";
import { createNameCheck } from "./zip-names.js";

/** Fixed, so that one version of the packer makes the same bytes each time. */
const LEVEL = 6;

/** Pack a content, deflated where that makes it smaller. */
export function packEntry(
  name: string,
  content: Uint8Array,
  options?: { readonly stored?: boolean },
): ZipEntry {
  const entry = { name, crc: crc32(content), size: content.length };
  if (options?.stored !== true) {
    const packed = deflateSync(content, { level: LEVEL });
    if (packed.length < content.length) return { ...entry, method: DEFLATED, packed };
  }
  return { ...entry, method: STORED, packed: content };
}

/**
 * The one archive of some packed entries: sorted by name, no dates, no attributes, no comments.
 *
 * @throws EvidenceError ZIP_NAME, ZIP_DUPLICATE, ZIP_COLLISION, and where `readZip` would refuse it as too large
 */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = createNameCheck();
  const bulk = createBulkCheck(ZIP_LIMITS);
  for (const entry of sorted) {
    names.add(entry.name);
    bulk.add(entry);
  }
  const pieces = [...sorted.flatMap((entry) => [localHeader(entry), entry.packed]), directory(sorted)];
  requireArchiveSize(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
    ZIP_LIMITS,
  );
  return concatBytes(...pieces);
}
