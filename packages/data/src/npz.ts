import { crc32 } from "node:zlib";
import type { Tensor } from "@indicia/onnx/tensor";
import { strFromU8, type UnzipFileInfo, unzipSync } from "fflate";
import { DataError } from "./error.js";
import { readNpy, writeNpy } from "./npy.js";
import { writeZip } from "./write-zip.js";

/** A model has a handful of inputs; a thousand names is a mistake or an attack. */
const MAX_ARRAYS = 1000;
const MAX_NAME_LENGTH = 256;
/** All arrays together: what Node can hold in one file read, too. */
const MAX_UNPACKED_BYTES = 2 ** 31;
/** Deflate cannot expand more than 1032 times (M. Adler, "Maximum compression factor", zlib technical details). */
const MAX_EXPANSION = 1032;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL = 0x06054b50;
/** General purpose bit 11. */
const UTF8_NAMES = 0x0800;

/**
 * Read a .npz archive, stored or deflated, as numpy.savez and numpy.savez_compressed write it.
 *
 * @returns the arrays by name, without the `.npy` of their file names
 * @throws DataError NPZ_INVALID, DATA_TOO_LARGE, NPY_INVALID, NPY_TYPE
 */
export function readNpz(bytes: Uint8Array): Record<string, Tensor> {
  const sums = checksums(bytes);
  const files = unpack(bytes);
  const arrays: Record<string, Tensor> = {};
  for (const [file, content] of Object.entries(files)) {
    if (sums.get(file) !== crc32(content)) throw invalid(`"${file}" does not match its checksum`);
    arrays[file.slice(0, -".npy".length)] = readNpy(content);
  }
  return arrays;
}

/**
 * Write arrays as a .npz archive. The same arrays give the same bytes, in whatever order they come.
 *
 * @param options.compress deflate the arrays; default false, as numpy.savez
 * @throws DataError NPZ_INVALID for a name that cannot be read back, NPY_TYPE
 */
export function writeNpz(
  arrays: Readonly<Record<string, Tensor>>,
  options: { readonly compress?: boolean } = {},
): Uint8Array {
  const entries = Object.entries(arrays).sort(([a], [b]) => (a < b ? -1 : 1));
  const files = new Map<string, Uint8Array>();
  for (const [name, tensor] of entries) {
    checkName(`${name}.npy`);
    files.set(`${name}.npy`, writeNpy(tensor));
  }
  return writeZip(files, options.compress === true);
}

function unpack(bytes: Uint8Array): Record<string, Uint8Array> {
  let total = 0;
  const seen = new Set<string>();
  const filter = ({ name, size, originalSize, compression }: UnzipFileInfo): boolean => {
    checkName(name);
    if (seen.has(name)) throw invalid(`"${name}" is there twice`);
    seen.add(name);
    if (seen.size > MAX_ARRAYS) throw tooLarge(`more than ${MAX_ARRAYS} arrays`);
    if (compression !== 0 && compression !== 8) throw invalid(`"${name}" is packed by an unknown method`);
    if (originalSize > size * MAX_EXPANSION + MAX_EXPANSION)
      throw invalid(`"${name}" claims an impossible size`);
    total += originalSize;
    if (total > MAX_UNPACKED_BYTES) throw tooLarge(`more than ${MAX_UNPACKED_BYTES} bytes when unpacked`);
    return true;
  };
  try {
    return unzipSync(bytes, { filter });
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw invalid(cause instanceof Error ? cause.message : "it cannot be unpacked", cause);
  }
}

/**
 * CRC-32 of every file as the central directory states it (APPNOTE.TXT 6.3.10, sections 4.3.12 and 4.3.16); the
 * unpacking library does not compare it.
 */
function checksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  // A comment of up to 65,535 bytes may follow.
  const first = Math.max(0, end - 0xffff);
  while (end >= first && view.getUint32(end, true) !== END_OF_CENTRAL) end--;
  if (end < first) throw invalid("it is not a zip archive, or was cut");
  const sums = new Map<string, number>();
  let at = view.getUint32(end + 16, true);
  const count = view.getUint16(end + 10, true);
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL_HEADER)
      throw invalid("its directory is damaged");
    const nameLength = view.getUint16(at + 28, true);
    const latin1 = (view.getUint16(at + 8, true) & UTF8_NAMES) === 0;
    const name = strFromU8(bytes.subarray(at + 46, at + 46 + nameLength), latin1);
    sums.set(name, view.getUint32(at + 16, true));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return sums;
}

function checkName(file: string): void {
  const name = file.slice(0, -".npy".length);
  if (!file.endsWith(".npy") || name === "" || name === "__proto__" || file.length > MAX_NAME_LENGTH) {
    throw invalid(`"${file.slice(0, MAX_NAME_LENGTH)}" is not the name of an array`);
  }
}

function invalid(what: string, cause?: unknown): DataError {
  return new DataError(
    "NPZ_INVALID",
    `not a valid .npz file: ${what}`,
    "Save the arrays again with numpy.savez.",
    { cause },
  );
}

function tooLarge(what: string): DataError {
  return new DataError("DATA_TOO_LARGE", `a .npz file with ${what}`, "Give fewer rows or arrays.");
}
