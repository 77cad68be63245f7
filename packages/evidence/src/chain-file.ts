import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { sha256Hex } from "./canonical.js";
import {
  type ChainFields,
  type ChainKind,
  type ChainLine,
  chainLineBytes,
  completeLength,
  MAX_CHAIN_BYTES,
  MAX_LINE_BYTES,
  readChain,
  RECOVERED,
} from "./chain.js";
import { createWriter, type WritableFile, type Writer } from "./chain-writer-file.js";
import { PRIVATE_FILE, syncFolder } from "./durable-file.js";
import { EvidenceError } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { lockFile } from "./lock-file.js";
import { createMerkleAccumulator, leafHash } from "./merkle.js";

/** Chains that speak of persons, keys or queries: a new file of theirs is for its owner alone. */
const PRIVATE_KINDS: ReadonlySet<ChainKind> = new Set([
  "queries",
  "query-index",
  "secrets",
  "acceptances",
  "gateway-keys",
  "vault",
]);

export interface OpenChainOptions {
  readonly kind: ChainKind;
  readonly clock?: () => Date;
  /** Makes the body that is written of the one that was given, for a line whose place is known; default as given. */
  readonly enclose?: Enclose;
}

/** A body as it is to be written, and its canonical JSON where that is known already. */
export type Enclose = (line: ChainFields) => { readonly body: unknown; readonly text?: string };

/** A chain that is open for appending; no other process can open it meanwhile. */
export interface ChainFile {
  /** The lines found on opening, and after them the line that records a recovery, if there was one. */
  readonly found: readonly ChainLine[];
  /** Lines so far, durable or under way. */
  readonly entries: number;
  /** Hash of the last line so far, hex. */
  readonly head: string;
  /** Merkle tree hash over all lines so far (RFC 9162; each leaf is a line without its newline), hex. */
  readonly root: string;
  /**
   * Append a line. Its place in the chain is fixed at once, in the order of calls; the promise resolves when the line
   * is on disk. Lines that wait at the same time share one fsync.
   *
   * @throws EvidenceError CHAIN_CLOSED, CHAIN_TOO_LARGE, CHAIN_LINE_TOO_LONG, CHAIN_WRITE_FAILED
   */
  append(type: string, body: unknown): Promise<ChainLine>;
  /** Finish what is under way, close the file and release it. */
  close(): Promise<void>;
}

/**
 * Open a chain for appending, or begin one. All that it holds is verified. A last line without its newline was never
 * acknowledged to anybody: it is cut off, and a line of type `recovered` says so.
 *
 * @throws EvidenceError CHAIN_LOCKED, and all of `chainLines`
 */
export async function openChain(file: string, options: OpenChainOptions): Promise<ChainFile> {
  const { kind, clock = () => new Date(), enclose = ({ body }) => ({ body }) } = options;
  const lock = await lockFile(file);
  let handle: FileHandle | undefined;
  try {
    handle = await openOrCreate(file, PRIVATE_KINDS.has(kind) ? PRIVATE_FILE : undefined);
    const bytes = await readAll(handle, kind);
    const complete = completeLength(bytes);
    const { lines, head } = readChain(bytes.subarray(0, complete), { kind, sha256: nativeSha256 });
    const writer = createWriter(writable(handle), complete);
    const chain = createChain({ kind, clock, enclose, lines, head, writer, release: () => lock.release() });
    if (complete < bytes.length) {
      await handle.truncate(complete);
      await handle.sync();
      await chain.recover(bytes.subarray(complete));
    }
    return chain;
  } catch (error) {
    await handle?.close();
    await lock.release();
    throw error;
  }
}

interface ChainParts {
  readonly kind: ChainKind;
  readonly clock: () => Date;
  readonly enclose: Enclose;
  readonly lines: ChainLine[];
  readonly head: string;
  readonly writer: Writer;
  readonly release: () => Promise<void>;
}

function createChain(parts: ChainParts): ChainFile & { recover(torn: Uint8Array): Promise<void> } {
  const { kind, clock, enclose, writer, release } = parts;
  const found = [...parts.lines];
  const tree = createMerkleAccumulator(nativeSha256);
  for (const line of found) tree.append(leafHash(line.bytes, nativeSha256));
  let head = parts.head;
  let closing: Promise<void> | null = null;

  async function append(type: string, given: unknown): Promise<ChainLine> {
    if (closing !== null) {
      throw new EvidenceError("CHAIN_CLOSED", `the ${kind} chain was closed`, "Open it again to go on.");
    }
    const index = tree.size;
    const time = clock().toISOString();
    const { body, text } = enclose({ index, prev: head, time, type, body: given });
    const bytes = chainLineBytes({ index, prev: head, time, type, body }, text);
    if (bytes.length > MAX_LINE_BYTES) {
      const message = `a line of ${bytes.length} bytes is longer than ${MAX_LINE_BYTES}`;
      throw new EvidenceError("CHAIN_LINE_TOO_LONG", message, "Record less at once: ask in smaller batches.");
    }
    const written = writer.write(bytes, kind);
    head = sha256Hex(bytes, nativeSha256);
    tree.append(leafHash(bytes, nativeSha256));
    const line: ChainLine = { index, time, type, body, bytes, hash: head };
    await written;
    return line;
  }

  async function closeAll(): Promise<void> {
    try {
      await writer.close();
    } finally {
      await release();
    }
  }

  return {
    found,
    get entries() {
      return tree.size;
    },
    get head() {
      return head;
    },
    get root() {
      return bytesToHex(tree.root());
    },
    append,
    async recover(torn) {
      found.push(await append(RECOVERED, { bytes: torn.length, sha256: sha256Hex(torn, nativeSha256) }));
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/**
 * A write that ends once it is on disk, as if followed by fdatasync (open(2)): one wait for another thread in place of two,
 * whatever else this one does meanwhile. Other systems lack it, or promise less by it than by their fsync.
 */
const SYNCED_WRITES: number = process.platform === "linux" ? constants.O_DSYNC : 0;

function writable(handle: FileHandle): WritableFile {
  return {
    write: (bytes, offset, length, position) => handle.write(bytes, offset, length, position),
    datasync: () => (SYNCED_WRITES === 0 ? handle.datasync() : Promise.resolve()),
    close: () => handle.close(),
  };
}

async function openOrCreate(file: string, mode: number | undefined): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_EXCL } = constants;
  try {
    const handle = await open(file, O_RDWR | O_CREAT | O_EXCL | SYNCED_WRITES, mode);
    await syncFolder(path.dirname(file));
    return handle;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return await open(file, O_RDWR | SYNCED_WRITES);
  }
}

async function readAll(handle: FileHandle, kind: ChainKind): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > MAX_CHAIN_BYTES) {
    const message = `the ${kind} chain has ${size} bytes, more than ${MAX_CHAIN_BYTES}`;
    throw new EvidenceError("CHAIN_TOO_LARGE", message, "Begin another.");
  }
  return await handle.readFile();
}
