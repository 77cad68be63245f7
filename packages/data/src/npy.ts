import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { DataError } from "./error.js";
import { NPY_TYPES, npyHeader, readNpyHeader } from "./npy-header.js";

/**
 * Read a .npy file: versions 1 to 3, C and Fortran order, either byte order, every numeric type and bool.
 *
 * @returns the array in C order; complex numbers, strings, objects and records are refused
 * @throws DataError NPY_INVALID, NPY_TYPE
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const header = readNpyHeader(bytes);
  const { dims, bytes: itemBytes } = header;
  const count = safeCount(dims);
  const found = bytes.length - header.dataOffset;
  if (count * itemBytes !== found) {
    throw new DataError(
      "NPY_INVALID",
      `not a valid .npy file: shape [${dims.join(", ")}] needs ${count * itemBytes} bytes and ${found} follow`,
      "The file was cut or has something after the array; save it again with numpy.save.",
    );
  }
  // Not slice(), which for a Buffer shares the memory.
  const copy = new Uint8Array(bytes.subarray(header.dataOffset));
  if (header.bigEndian) swapBytes(copy, itemBytes);
  if (header.type === "bool") for (let i = 0; i < copy.length; i++) copy[i] = copy[i] === 0 ? 0 : 1;
  const ordered = header.fortran && dims.length > 1 ? toRowMajor(copy, itemBytes, dims) : copy;
  return { type: header.type, dims, data: header.view(ordered.buffer) };
}

/**
 * Write an array as a .npy file, version 1, little-endian, C order. The same tensor gives the same bytes.
 *
 * @throws DataError NPY_TYPE for types that numpy has no name for (strings, bfloat16, 8- and 4-bit floats)
 */
export function writeNpy(tensor: Tensor): Uint8Array {
  const { data } = tensor;
  const entry = [...NPY_TYPES].find(([, { type }]) => type === tensor.type);
  if (entry === undefined || !ArrayBuffer.isView(data)) {
    throw new DataError(
      "NPY_TYPE",
      `a .npy file cannot hold ${tensor.type}`,
      "Convert the tensor to float32 first.",
    );
  }
  if (data.length !== elementCount(tensor.dims))
    throw new RangeError("a tensor's data do not fill its shape");
  const [name, { bytes }] = entry;
  const header = npyHeader(`${bytes === 1 ? "|" : "<"}${name}`, tensor.dims);
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return out;
}

function safeCount(dims: readonly number[]): number {
  if (dims.includes(0)) return 0;
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!Number.isSafeInteger(count * 8)) {
    throw new DataError(
      "NPY_INVALID",
      `not a valid .npy file: shape [${dims.join(", ")}] is impossible`,
      "Save the array again with numpy.save.",
    );
  }
  return count;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start + size <= bytes.length; start += size)
    bytes.subarray(start, start + size).reverse();
}

/** Reorder elements of `size` bytes from the first axis fastest to the last axis fastest. */
function toRowMajor(bytes: Uint8Array, size: number, dims: readonly number[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  const index = new Array<number>(dims.length).fill(0);
  const strides = dims.map((_, axis) => dims.slice(0, axis).reduce((product, dim) => product * dim, size));
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from + byte] ?? 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      from += stride;
      if (next < (dims[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      from -= next * stride;
      index[axis] = 0;
    }
  }
  return out;
}
