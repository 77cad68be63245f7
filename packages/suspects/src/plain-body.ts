import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { SuspectError } from "./error.js";

/** How much larger a body may be after decompression: JSON of numbers shrinks about tenfold, a bomb a thousandfold. */
const MAX_EXPANSION = 100;
/** Below this no ratio is looked at: tiny bodies compress strangely. */
const EXPANSION_FREE_BYTES: number = 64 * 1024;

/**
 * Read a body to its end within limits, undoing its content encoding.
 *
 * @throws SuspectError SUSPECT_TOO_LARGE, SUSPECT_PROTOCOL for unknown encodings
 */
export async function plainBody(body: Readable, encoding: string | undefined, maxBytes: number): Promise<Uint8Array> {
  let received = 0;
  body.on("data", (chunk: Uint8Array) => {
    received += chunk.length;
    if (received > maxBytes) body.destroy(tooLarge(maxBytes));
  });
  const decoder = decoderOf(encoding);
  const plain = decoder === null ? body : body.pipe(decoder);
  if (decoder !== null) body.on("error", (error) => decoder.destroy(error));
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of plain) {
    const bytes = chunk as Uint8Array;
    total += bytes.length;
    const expanded = decoder !== null && total > EXPANSION_FREE_BYTES && total > MAX_EXPANSION * received;
    if (total > maxBytes || expanded) {
      body.destroy();
      throw tooLarge(maxBytes);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, total);
}

function decoderOf(encoding: string | undefined): (NodeJS.ReadWriteStream & Readable & { destroy(error?: Error): void }) | null {
  switch (encoding?.trim().toLowerCase() ?? "identity") {
    case "":
    case "identity":
      return null;
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      throw new SuspectError("SUSPECT_PROTOCOL", `the answer has the unknown encoding "${encoding}"`, "The endpoint ignores Accept-Encoding.");
  }
}

function tooLarge(maxBytes: number): SuspectError {
  return new SuspectError(
    "SUSPECT_TOO_LARGE",
    `an answer is larger than ${maxBytes} bytes, or expands beyond reason`,
    "The endpoint does not answer as this protocol does.",
  );
}
