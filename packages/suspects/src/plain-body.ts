import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { SuspectError } from "./error.js";

/** How much larger a body may be after decompression: JSON of numbers shrinks about tenfold, a bomb a thousandfold. */
const MAX_EXPANSION = 100;
/** Below this no ratio is looked at: rows of equal numbers compress well, and 1 MiB harms nobody. */
const EXPANSION_FREE_BYTES: number = 2 ** 20;

/**
 * Read a body to its end within limits, undoing its content encoding (RFC 9110, section 8.4.1).
 *
 * @param encoding of the Content-Encoding header: none, identity, gzip, deflate or br; codings on top of one another
 *   are refused
 * @param maxBytes of the body, both as it is sent and after decompression
 * @throws SuspectError SUSPECT_TOO_LARGE, SUSPECT_PROTOCOL for other encodings and what cannot be decompressed; and
 *   whatever the body throws where it breaks off
 */
export async function plainBody(
  body: Readable,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const decoder = decoderOf(encoding, body);
  let received = 0;
  const counted = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      received += chunk.length;
      if (received > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  };
  const chunks: Uint8Array[] = [];
  let total = 0;
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of source) {
      total += chunk.length;
      const bomb = decoder !== null && total > EXPANSION_FREE_BYTES && total > MAX_EXPANSION * received;
      if (total > maxBytes || bomb) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  };
  try {
    if (decoder === null) await pipeline(body, counted, collect);
    else await pipeline(body, counted, decoder, collect);
  } catch (error) {
    throw isDecoderError(error) ? undecodable("its compression is broken", error) : error;
  }
  return Buffer.concat(chunks, total);
}

function decoderOf(encoding: string | undefined, body: Readable): Transform | null {
  switch (encoding?.trim().toLowerCase() ?? "") {
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
      // Nobody will read it; a connection that waits to be read would never end.
      body.on("error", () => undefined).destroy();
      throw undecodable(`its encoding ${JSON.stringify(encoding?.slice(0, 60))} is unknown`);
  }
}

/** By the codes of zlib and of brotli's own names for its errors. */
function isDecoderError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^(Z_|ERR__ERROR_|ERR_BROTLI)/.test(String(error.code));
}

function undecodable(reason: string, cause?: unknown): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `an answer cannot be read: ${reason}`,
    "Check the address; the endpoint, or what stands before it, does not answer as HTTP servers do.",
    { cause },
  );
}

function tooLarge(maxBytes: number): SuspectError {
  return new SuspectError(
    "SUSPECT_TOO_LARGE",
    `an answer is larger than ${maxBytes} bytes, or expands beyond reason`,
    "Check the address and --protocol; a model does not answer this much.",
  );
}
