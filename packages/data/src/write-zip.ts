import { crc32, deflateRawSync } from "node:zlib";

/** Sizes and offsets of an archive without the 64-bit extension (APPNOTE.TXT 6.3.10, section 4.4.1.4). */
const MOST_BYTES = 2 ** 32 - 1;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** Deflate needs version 2.0 of whoever unpacks; made by version 2.0 on Unix (3), wherever it was made. */
const VERSION = 20;
const MADE_BY: number = (3 << 8) | VERSION;
/** General purpose bit 11: the name is UTF-8. */
const UTF8_NAME = 0x0800;
/** 1 January 1980, midnight: the earliest that a zip archive can say. */
const FIXED_TIME: number = (1 << 21) | (1 << 16);
/** As most programs deflate. */
const LEVEL = 6;

interface Packed {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * Write a zip archive (APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16), packed by the platform. The same files give
 * the same bytes, but for another release of zlib, which may deflate them differently.
 *
 * @param files contents by name, in the order in which they are put down
 * @param compress deflate them; otherwise they are stored
 * @throws RangeError beyond 4 GiB
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>, compress: boolean): Uint8Array {
  const packed: Packed[] = [];
  let offset = 0;
  let directory = 0;
  for (const [text, content] of files) {
    const name = Buffer.from(text);
    const bytes = compress ? deflateRawSync(content, { level: LEVEL }) : content;
    packed.push({
      name,
      flags: name.length === text.length ? 0 : UTF8_NAME,
      method: compress ? 8 : 0,
      crc: crc32(content),
      size: content.length,
      bytes,
      offset,
    });
    offset += LOCAL_BYTES + name.length + bytes.length;
    directory += CENTRAL_BYTES + name.length;
  }
  const total = offset + directory + END_BYTES;
  if (total > MOST_BYTES) throw new RangeError(`a zip archive of ${total} bytes`);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  let at = offset;
  for (const file of packed) {
    view.setUint32(file.offset, 0x04034b50, true);
    common(view, file.offset + 4, file);
    out.set(file.name, file.offset + LOCAL_BYTES);
    out.set(file.bytes, file.offset + LOCAL_BYTES + file.name.length);
    view.setUint32(at, 0x02014b50, true);
    view.setUint16(at + 4, MADE_BY, true);
    common(view, at + 6, file);
    view.setUint32(at + 42, file.offset, true);
    out.set(file.name, at + CENTRAL_BYTES);
    at += CENTRAL_BYTES + file.name.length;
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, packed.length, true);
  view.setUint16(at + 10, packed.length, true);
  view.setUint32(at + 12, directory, true);
  view.setUint32(at + 16, offset, true);
  return out;
}

/** What both headers of a file say of it, in the same order. */
function common(view: DataView, at: number, { flags, method, crc, size, bytes, name }: Packed): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, flags, true);
  view.setUint16(at + 4, method, true);
  view.setUint32(at + 6, FIXED_TIME, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, bytes.length, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}
