import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Compression methods in use: stored, deflated (PKWARE APPNOTE 6.3, section 4.4.5). */
export const STORED = 0;
export const DEFLATED = 8;

/** One entry of an archive, packed. */
export interface ZipEntry {
  readonly name: string;
  readonly method: typeof STORED | typeof DEFLATED;
  /** CRC-32 of the content. */
  readonly crc: number;
  /** Length of the content in bytes. */
  readonly size: number;
  /** The content as it lies in the archive. */
  readonly packed: Uint8Array;
}

export const LOCAL_SIGNATURE = 0x04034b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
export const LOCAL_BYTES = 30;

/** Version 2.0: deflate, nothing later. No flags: names are ASCII, sizes stand in the headers. */
const VERSION = 20;
/** Midnight of 1 January 1980, the first that the format can say: when it was packed is no part of the evidence. */
const TIME = 0;
const DATE = (1 << 5) | 1;

/** What every entry has in both of its headers: version, flags, method, time, date, CRC, sizes, lengths. */
function common({ name, method, crc, size, packed }: ZipEntry): Uint8Array {
  return numbers(
    [2, VERSION],
    [2, 0],
    [2, method],
    [2, TIME],
    [2, DATE],
    [4, crc],
    [4, packed.length],
    [4, size],
    [2, name.length],
    [2, 0],
  );
}

/** Header before an entry's content (APPNOTE, section 4.3.7). */
export function localHeader(entry: ZipEntry): Uint8Array {
  return concatBytes(numbers([4, LOCAL_SIGNATURE]), common(entry), utf8ToBytes(entry.name));
}

/** The central directory and the end record (APPNOTE, sections 4.3.12 and 4.3.16) that follow the entries. */
export function directory(entries: readonly ZipEntry[]): Uint8Array {
  const headers: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    headers.push(
      numbers([4, CENTRAL_SIGNATURE], [2, VERSION]),
      common(entry),
      // No comment, disk 0, no attributes, and where the local header is.
      numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
      utf8ToBytes(entry.name),
    );
    offset += LOCAL_BYTES + entry.name.length + entry.packed.length;
  }
  const central = concatBytes(...headers);
  const count = entries.length;
  const end = numbers(
    [4, END_SIGNATURE],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, central.length],
    [4, offset],
    [2, 0],
  );
  return concatBytes(central, end);
}

/** Little-endian numbers, each with its width in bytes. */
function numbers(...fields: readonly (readonly [width: 2 | 4, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [width]) => sum + width, 0)));
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}
