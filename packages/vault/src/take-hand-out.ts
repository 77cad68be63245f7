import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { type AuditOptions, withAudit } from "./audit.js";
import { VaultError } from "./error.js";
import { handOutFor, type HandOut, type HandOutFile, isExpired, noHandOut } from "./hand-outs.js";
import { changed, OBJECTS, openFile, READ_BYTES } from "./objects.js";
import { readIndex, writeIndex } from "./vault-index.js";

/** How often it is looked again where a hand-out was replaced between two looks. */
const MOST_LOOKS = 3;

/** What a customer asks for. */
export interface HandOutRequest {
  /** Name of the model in the vault. */
  readonly name: string;
  readonly customer: string;
  /** Which file of the hand-out; null for the model. */
  readonly file: string | null;
  readonly clock: () => Date;
}

export interface FoundHandOut {
  readonly handOut: HandOut;
  readonly file: HandOutFile;
}

/**
 * What lies there for a customer.
 *
 * @throws VaultError VAULT_MISSING, VAULT_MALFORMED, VAULT_HANDOUT_UNKNOWN, VAULT_HANDOUT_EXPIRED
 */
export async function findHandOut(
  folder: string,
  { name, customer, file, clock }: HandOutRequest,
): Promise<FoundHandOut> {
  const handOut = handOutFor(await readIndex(folder), name, customer);
  const [model, ...others] = handOut?.files ?? [];
  const found = file === null ? model : others.find((each) => each.name === file);
  if (handOut === null || found === undefined) throw noHandOut(name, customer);
  if (!isExpired(handOut, clock())) return { handOut, file: found };
  throw new VaultError(
    "VAULT_HANDOUT_EXPIRED",
    `what lay there of ${JSON.stringify(name)} for ${customer} was to be fetched until ${handOut.expires ?? ""}`,
    "Deposit another copy for him.",
  );
}

/** The encrypted bytes of a hand-out. */
export interface TakenHandOut extends FoundHandOut {
  /**
   * Exactly `file.bytes` bytes. It fails instead of giving the last of them where they are not those that were
   * deposited after all. Whoever does not read it to its end cancels it.
   */
  readonly stream: ReadableStream<Uint8Array>;
}

/**
 * Fetch what lies there for a customer, as it lies there: no key is needed, and only he can open it. The bytes are held
 * against their hash, and that he gets them is on disk in the log, before the first is given out.
 *
 * @param request.account under whose name it is fetched, for the log
 * @throws VaultError all of `findHandOut`, VAULT_OBJECT_MISSING, VAULT_OBJECT_CHANGED, VAULT_BUSY
 */
export async function takeHandOut(
  folder: string,
  request: HandOutRequest & AuditOptions & { readonly account: string },
): Promise<TakenHandOut> {
  for (let looks = 1; ; looks += 1) {
    const found = await findHandOut(folder, request);
    try {
      const handle = await wholeFile(folder, found.file);
      try {
        await noteDownload(folder, request, found);
      } catch (error) {
        await handle.close();
        throw error;
      }
      return { ...found, stream: streamOf(handle, found.file) };
    } catch (error) {
      const replaced = !isSame(found, await findHandOut(folder, request));
      if (!replaced || looks === MOST_LOOKS) throw error;
    }
  }
}

function isSame(a: FoundHandOut, b: FoundHandOut): boolean {
  return a.file.object === b.file.object;
}

async function noteDownload(
  folder: string,
  request: HandOutRequest & AuditOptions & { readonly account: string },
  found: FoundHandOut,
): Promise<void> {
  const { name, customer, account } = request;
  await withAudit(folder, request, async (audit) => {
    // It may have been withdrawn while its bytes were read.
    if (!isSame(found, await findHandOut(folder, request))) throw noHandOut(name, customer);
    const { name: file, sha256 } = found.file;
    await audit.note("download", { name, recipient: customer, account, file, sha256 });
    await writeIndex(folder, { ...(await readIndex(folder)), audit: audit.state });
  });
}

/**
 * Hold a file of a hand-out against its hash.
 *
 * @throws VaultError VAULT_OBJECT_MISSING, VAULT_OBJECT_CHANGED
 */
export async function checkHandOutFile(folder: string, file: HandOutFile): Promise<void> {
  await (await wholeFile(folder, file)).close();
}

/** The file, open, if it is what was deposited. */
async function wholeFile(folder: string, { object, bytes, sha256 }: HandOutFile): Promise<FileHandle> {
  const handle = await openFile(path.join(folder, OBJECTS, object), object);
  try {
    const { size } = await handle.stat();
    if (size !== bytes) throw changed(object);
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw changed(object);
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    if (hash.digest("hex") !== sha256) throw changed(object);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Read it again, as fast as it is taken, and look again whether it still is what it was. */
function streamOf(handle: FileHandle, { object, bytes, sha256 }: HandOutFile): ReadableStream<Uint8Array> {
  const hash = createHash("sha256");
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes - at));
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0) throw changed(object);
          const chunk = buffer.subarray(0, bytesRead);
          hash.update(chunk);
          at += bytesRead;
          if (at === bytes && hash.digest("hex") !== sha256) throw changed(object);
          controller.enqueue(chunk);
          if (at < bytes) return;
          await handle.close();
          controller.close();
        } catch (error) {
          await handle.close();
          throw error;
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  );
}
