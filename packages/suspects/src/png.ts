import { crc32 } from "node:zlib";

/** Bytes of a stored block at most (RFC 1951, section 3.2.4). */
const MAX_STORED = 65_535;
const SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Colour types (PNG, third edition, section 11.2.1). */
const GREY = 0;
const RGB = 2;

/** 8-bit samples, row by row, the channels of a pixel side by side. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly samples: Uint8Array;
}

/**
 * A PNG whose bytes follow from the pixels alone: nothing is compressed, since what a compressor makes of the same input
 * changes with its version, and a record has to be made again byte for byte.
 */
export function encodePng({ width, height, channels, samples }: Pixels): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = channels === 1 ? GREY : RGB;
  const stride = width * channels;
  const lines = Buffer.alloc(height * (stride + 1));
  // Each line begins with its filter: none.
  for (let y = 0; y < height; y++)
    lines.set(samples.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", stored(lines)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A zlib stream (RFC 1950) of stored blocks. */
function stored(data: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let from = 0; from < data.length; from += MAX_STORED) {
    const part = data.subarray(from, from + MAX_STORED);
    const head = Buffer.alloc(5);
    head[0] = from + MAX_STORED >= data.length ? 1 : 0;
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(part.length ^ 0xffff, 3);
    parts.push(head, part);
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(adler32(data));
  return Buffer.concat([...parts, sum]);
}

/** RFC 1950, section 8.2. */
function adler32(data: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of data) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}
