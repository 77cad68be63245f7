import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { NOT_A_MODEL, OnnxError } from "./error.js";

/** Bytes that can be read by range. */
export interface ByteSource {
  readonly size: number;
  /** The open file, which threads of this process may read from as well; null for bytes in memory. */
  readonly descriptor: number | null;
  /**
   * @returns exactly `length` bytes from `offset`; valid until the next call for small reads, so copy what is kept
   * @throws OnnxError ONNX_TRUNCATED beyond the end
   */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** Small reads are served from a window of this size: an index is made of thousands of them. */
const WINDOW_BYTES: number = 256 * 1024;

export function bytesSource(given: Uint8Array): ByteSource {
  // A Buffer's slice() shares memory where a Uint8Array's copies; readers rely on the copy.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.length);
  return {
    size: bytes.length,
    descriptor: null,
    read: (offset, length) => {
      checkRange(offset, length, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
    close: () => {},
  };
}

/** @throws OnnxError ONNX_NOT_FOUND where the file cannot be opened */
export function fileSource(path: string): ByteSource {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw new OnnxError(
      "ONNX_NOT_FOUND",
      `"${path}" cannot be opened`,
      "Check the path and its permissions.",
      { cause },
    );
  }
  const status = fstatSync(descriptor);
  if (!status.isFile()) {
    closeSync(descriptor);
    throw new OnnxError("ONNX_NOT_FOUND", `"${path}" is not a file`, "Name an .onnx file.");
  }
  const { size } = status;
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  let open = true;
  return {
    size,
    descriptor,
    read: (offset, length) => {
      checkRange(offset, length, size);
      if (length > WINDOW_BYTES) return readExactly(descriptor, offset, length);
      if (offset < windowStart || offset + length > windowStart + window.length) {
        windowStart = offset;
        window = readExactly(descriptor, offset, Math.min(WINDOW_BYTES, size - offset));
      }
      return window.subarray(offset - windowStart, offset - windowStart + length);
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

function readExactly(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  readInto(descriptor, offset, bytes);
  return bytes;
}

/** Fill `bytes` from an open file. @throws OnnxError ONNX_TRUNCATED beyond its end */
export function readInto(descriptor: number, offset: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
    if (read === 0) throw truncated();
    done += read;
  }
}

function checkRange(offset: number, length: number, size: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw truncated();
}

function truncated(): OnnxError {
  return new OnnxError("ONNX_TRUNCATED", "the file ends in the middle of a message", NOT_A_MODEL);
}
