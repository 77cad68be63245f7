import { VerifierError } from "../error.js";

/** The ustar format: POSIX.1-2017, pax, "ustar Interchange Format". */
export const BLOCK = 512;
/** Largest file: eleven octal digits. */
const MAX_BYTES: number = 8 ** 11 - 1;
const MAX_NAME = 100;
const MAX_PREFIX = 155;
const MODE = "0000600\0";
const NOBODY = "0000000\0";
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** What stands before a file's bytes. */
export interface TarHeader {
  /** Relative, with slashes. */
  readonly name: string;
  readonly bytes: number;
}

/** The header of a file, 512 bytes. @throws VerifierError UNPROCESSABLE where name or size have no room in it */
export function tarHeader({ name, bytes }: TarHeader): Uint8Array {
  const { short, prefix } = splitName(name);
  if (bytes > MAX_BYTES) throw unfit(`${name} has more than ${MAX_BYTES} bytes`);
  const block = Buffer.alloc(BLOCK);
  block.write(short, 0, "utf8");
  block.write(MODE + NOBODY + NOBODY, 100, "latin1");
  block.write(`${bytes.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0`, 124, "latin1");
  block.write("0", 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(prefix, 345, "utf8");
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, CHECKSUM_AT, "latin1");
  return block;
}

/** Read a header; null for the empty block that ends an archive. @throws VerifierError DATA_INVALID */
export function readTarHeader(block: Buffer): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  const said = Number.parseInt(field(block, CHECKSUM_AT, CHECKSUM_BYTES), 8);
  const isFile = block[156] === 0x30 && field(block, 257, 5) === "ustar";
  const bytes = Number.parseInt(field(block, 124, 12), 8);
  if (said !== checksum(block) || !isFile || !Number.isSafeInteger(bytes))
    throw new VerifierError("DATA_INVALID", "the archive is damaged", "Take another backup.");
  const [name, prefix] = [field(block, 0, MAX_NAME), field(block, 345, MAX_PREFIX)];
  return { name: prefix === "" ? name : `${prefix}/${name}`, bytes };
}

/** Bytes that fill the last block of a file. */
export function padding(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK;
}

function field(block: Buffer, at: number, bytes: number): string {
  const text = block.subarray(at, at + bytes);
  const end = text.indexOf(0);
  return text.subarray(0, end < 0 ? bytes : end).toString("utf8");
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 0x20 * CHECKSUM_BYTES;
  for (const [at, byte] of block.entries())
    if (at < CHECKSUM_AT || at >= CHECKSUM_AT + CHECKSUM_BYTES) sum += byte;
  return sum;
}

function splitName(name: string): { readonly short: string; readonly prefix: string } {
  if (Buffer.byteLength(name) <= MAX_NAME) return { short: name, prefix: "" };
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
    const [prefix, short] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= MAX_PREFIX && Buffer.byteLength(short) <= MAX_NAME)
      return { short, prefix };
  }
  throw unfit(`the name ${name} is too long for an archive`);
}

function unfit(message: string): VerifierError {
  return new VerifierError("UNPROCESSABLE", message, "Copy the data folder while the service is stopped.");
}
