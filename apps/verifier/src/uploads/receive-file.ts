import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "@indicia/evidence/durable-file";
import { VerifierError } from "../error.js";

/** What of a file came, and may come. */
export interface ReceiveOptions {
  readonly maxBytes: number;
  /** Longest silence. */
  readonly idleMs: number;
  /** Bytes that the sender says will come, or null. */
  readonly declared: number | null;
}

export interface ReceivedFile {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Beginning of the names of files that are still coming. */
export const COMING = ".coming-";

/**
 * Write a stream to a file, hashing it on the way: to a temporary file beside it, synced, then renamed, so that it is
 * complete or absent.
 *
 * @throws VerifierError TOO_LARGE; REQUEST_INVALID where it ends early, stalls, or is not as long as was said
 */
export async function receiveFile(
  body: ReadableStream<Uint8Array> | null,
  target: string,
  options: ReceiveOptions,
): Promise<ReceivedFile> {
  if (options.declared !== null && options.declared > options.maxBytes) throw tooLarge(options.maxBytes);
  if (body === null) throw invalid("there is no body", "Send the file as the body of the request.");
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `${COMING}${randomBytes(12).toString("hex")}`);
  try {
    const received = await writeAll(body, temporary, options);
    if (options.declared !== null && options.declared !== received.bytes)
      throw invalid(`${received.bytes} of ${options.declared} bytes came`, "Send it again.");
    await rename(temporary, target);
    await syncFolder(folder);
    return received;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(
  body: ReadableStream<Uint8Array>,
  file: string,
  { maxBytes, idleMs }: ReceiveOptions,
): Promise<ReceivedFile> {
  const hash = createHash("sha256");
  const reader = body.getReader();
  const handle = await open(file, "wx", 0o600);
  let bytes = 0;
  try {
    for (;;) {
      const piece = await next(reader, idleMs);
      if (piece === null) break;
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(piece);
      await handle.writeFile(piece);
    }
    await handle.sync();
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The next piece, or null at the end. */
async function next(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  idleMs: number,
): Promise<Uint8Array | null> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(invalid(`nothing came for ${idleMs / 1000} seconds`, "Send it again over a better line.")),
      idleMs,
    );
  });
  try {
    const read = reader.read().catch((cause: unknown) => {
      throw invalid("the file broke off", "Send it again.", cause);
    });
    const { done, value } = await Promise.race([read, silence]);
    return done ? null : value;
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(maxBytes: number): VerifierError {
  return new VerifierError(
    "TOO_LARGE",
    `the file has more than the ${maxBytes} bytes that are taken`,
    "Send a smaller file, or use the command line.",
  );
}

function invalid(message: string, hint: string, cause?: unknown): VerifierError {
  return new VerifierError("REQUEST_INVALID", message, hint, { cause });
}
