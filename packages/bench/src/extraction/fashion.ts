import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Tensor } from "@indicia/onnx/tensor";
import { sharedPath } from "@indicia/testkit/shared-path";
import { BenchError } from "../error.js";

/** Far above the 47 MB of the training images: a file that unpacks to more is none of ours. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Third byte of an IDX file: unsigned bytes. */
const UNSIGNED_BYTE = 0x08;

export const FASHION_CLASSES = 10;

export type FashionSplit = "train" | "t10k";

/** Images of clothes (Fashion-MNIST: Xiao, Rasul and Vollgraf, 2017) in the order of the files. */
export interface FashionData {
  /** float32 [n, 1, 28, 28], 0 for black to 1 for white. */
  readonly images: Tensor;
  /** [n], 0 .. 9. */
  readonly labels: Int32Array;
}

/**
 * Read one half of Fashion-MNIST from the shared folder: 60,000 images to train on or 10,000 to test.
 *
 * @throws BenchError DATA_INVALID where the files are no IDX files of images and labels
 */
export function loadFashion(split: FashionSplit): Promise<FashionData> {
  return load(`fashion-${split}`);
}

/**
 * Read the 10,000 handwritten digits that MNIST is tested with, from the shared folder.
 *
 * @throws BenchError DATA_INVALID
 */
export function loadMnist(): Promise<FashionData> {
  return load("mnist-t10k");
}

async function load(name: string): Promise<FashionData> {
  const images = await readIdx(`${name}-images-idx3-ubyte.gz`);
  const labels = await readIdx(`${name}-labels-idx1-ubyte.gz`);
  const [count = 0, height, width] = images.dims;
  if (images.dims.length !== 3 || labels.dims.length !== 1 || labels.dims[0] !== count)
    throw invalid(`images [${images.dims.join(", ")}] with labels [${labels.dims.join(", ")}]`);
  return {
    images: {
      type: "float32",
      dims: [count, 1, height ?? 0, width ?? 0],
      data: unitRange(images.data),
    },
    labels: Int32Array.from(labels.data),
  };
}

/** Bytes from 0 to 1; a loop, since there are 47 million of them. */
function unitRange(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = (bytes[i] ?? 0) / 255;
  return values;
}

/** An array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Take an IDX file apart: two zero bytes, type, number of axes, the axes as big-endian 32-bit numbers, the bytes
 * (Y. LeCun, C. Cortes and C. Burges, "The MNIST database", file formats).
 *
 * @throws BenchError DATA_INVALID
 */
export function decodeIdx(bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== UNSIGNED_BYTE)
    throw invalid("no IDX file of unsigned bytes");
  const axes = bytes[3] ?? 0;
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw invalid("the file ends within its dimensions");
  const dims = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length !== start + count)
    throw invalid(`[${dims.join(", ")}] in ${bytes.length - start} bytes of numbers`);
  return { dims, data: bytes.subarray(start) };
}

async function readIdx(name: string): Promise<IdxArray> {
  const packed = await readFile(sharedPath("data", name));
  return decodeIdx(await promisify(gunzip)(packed, { maxOutputLength: MAX_BYTES }));
}

function invalid(what: string): BenchError {
  return new BenchError("DATA_INVALID", what, "Fetch the data of the shared folder again.");
}
