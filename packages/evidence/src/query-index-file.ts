import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { type ChainFile, openChain } from "./chain-file.js";
import type { ChainLine } from "./chain.js";
import { PRIVATE_FOLDER, syncFolder } from "./durable-file.js";
import { EvidenceError } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { type ClosedSegment, type IndexBegin, readQueryIndex, segmentFile } from "./query-index.js";
import { enclosedBody } from "./query-lines.js";
import type { SegmentEnd } from "./query-segment.js";

/** File that says which segments a query log has. */
export const INDEX_FILE = "index.jsonl";

/** The index of a query log, open for writing: whoever holds it holds the log. */
export interface QueryIndexFile {
  readonly segments: readonly ClosedSegment[];
  /** Hash of its last line, hex. */
  readonly head: string;
  /** Note how a segment ended. From then on it is closed for good. */
  close(segment: number, end: SegmentEnd): Promise<void>;
  /** Give up the body of a closed segment; its root and its place stay. */
  giveUp(segment: number): Promise<void>;
  release(): Promise<void>;
}

/**
 * Open the index of a query log, or begin one.
 *
 * @param registration commitment, hex, or null
 * @throws EvidenceError CHAIN_LOCKED, QUERY_LOG_OTHER_REGISTRATION, and those of `readQueryIndex`
 */
export async function openQueryIndex(
  folder: string,
  { registration, clock }: { readonly registration: string | null; readonly clock: () => Date },
): Promise<QueryIndexFile> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const chain = await openChain(path.join(folder, INDEX_FILE), {
    kind: "query-index",
    clock,
    enclose: (line) => enclosedBody(line, { seal: null, sha256: nativeSha256 }),
  });
  try {
    const lines: ChainLine[] = [...chain.found];
    if (!lines.some(({ type }) => type === "begin")) {
      const begin: IndexBegin = { version: 2, kind: "indicia query log", registration };
      lines.push(await chain.append("begin", begin));
    }
    const found = readQueryIndex(lines, nativeSha256);
    requireRegistration(found.registration, registration);
    const segments = [...found.segments];
    // A deletion that was noted and then interrupted.
    for (const { segment, deleted } of segments) if (deleted !== null) await removeBody(folder, segment);
    return indexFile(folder, chain, segments);
  } catch (error) {
    await chain.close();
    throw error;
  }
}

function indexFile(folder: string, chain: ChainFile, segments: ClosedSegment[]): QueryIndexFile {
  return {
    segments,
    get head() {
      return chain.head;
    },
    async close(segment, end) {
      const { time } = await chain.append("closed", { segment, end });
      segments.push({ segment, ...end, closed: time, deleted: null });
    },
    async giveUp(segment) {
      const at = segments.findIndex((each) => each.segment === segment && each.deleted === null);
      const found = segments[at];
      if (found === undefined) return;
      const { time } = await chain.append("deleted", { segment });
      segments[at] = { ...found, deleted: time };
      await removeBody(folder, segment);
    },
    release: () => chain.close(),
  };
}

async function removeBody(folder: string, segment: number): Promise<void> {
  await rm(path.join(folder, segmentFile(segment)), { force: true });
  await syncFolder(folder);
}

/** Bytes of a file; null where there is none. */
export async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** @throws EvidenceError QUERY_LOG_OTHER_REGISTRATION */
export function requireRegistration(found: string | null, wanted: string | null): void {
  if (found === wanted) return;
  throw new EvidenceError(
    "QUERY_LOG_OTHER_REGISTRATION",
    "the query log was begun under another registration",
    "Give the folder of this one, or a new folder.",
  );
}
