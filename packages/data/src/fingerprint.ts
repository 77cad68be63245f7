import { createHash } from "node:crypto";
import type { Tensor } from "@indicia/onnx/tensor";

/** Changing what is hashed changes every registered hash: the version is part of it. */
const PREFIX = "indicia-tensors/1\n";

/**
 * SHA-256, hex, of tensors in a canonical form: the prefix, then for each tensor in the code unit order of the names
 * one line of JSON `[name, type, dims]` and the elements as little-endian bytes (strings as one line of JSON).
 */
export function fingerprint(tensors: Readonly<Record<string, Tensor>>): string {
  const hash = createHash("sha256").update(PREFIX);
  for (const [name, { type, dims, data }] of Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${JSON.stringify([name, type, dims])}\n`);
    if (ArrayBuffer.isView(data)) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    else hash.update(`${JSON.stringify(data)}\n`);
  }
  return hash.digest("hex");
}
