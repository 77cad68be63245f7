import path from "node:path";
import { chainLines } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { createMerkleAccumulator, leafHash } from "./merkle.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type ClosedSegment, type QueryIndex, readQueryIndex, segmentFile } from "./query-index.js";
import { INDEX_FILE, readIfThere } from "./query-index-file.js";
import type { LogLine } from "./query-lines.js";
import {
  type LoggedAnswer,
  type LoggedBatch,
  type LogRoots,
  type QueryLog,
  readQueryLines,
  readQueryLog,
} from "./query-log.js";
import { lineUnsealer, type LogKeys, segmentKey } from "./query-seal-file.js";
import { requirePlace } from "./query-segment-file.js";
import {
  readSegmentLines,
  type SegmentBegin,
  type SegmentEnd,
  segmentQueries,
  type SegmentQueries,
} from "./query-segment.js";

/** For whoever reads a log without any key. */
export const NO_KEYS: LogKeys = { subKey: null, unwrap: null };

/** One segment as it was read; `begin` is null for a log of version 1. */
export interface ReadSegment {
  readonly segment: number;
  readonly begin: SegmentBegin | null;
  /** Lines, checked; without entries where they are sealed and no key opens them. */
  readonly lines: readonly LogLine[];
  readonly end: SegmentEnd;
  /** Lines of the log before it. */
  readonly offset: number;
  readonly closed: ClosedSegment | null;
}

/** A log as a whole, checked. */
export interface QueryLogState {
  readonly index: QueryIndex;
  /** Lines of all segments, those that were given up with them. */
  readonly lines: number;
  /** Hash of the last line, hex. It stands for all before it. */
  readonly head: string;
  readonly segments: readonly (SegmentEnd & {
    readonly segment: number;
    readonly closed: boolean;
    readonly deleted: string | null;
  })[];
}

/**
 * Read a query log of either version, all of whose segments that are not given up are there.
 *
 * @param folder of the log
 * @throws EvidenceError QUERY_LOG_SEALED, QUERY_LOG_UNSEALABLE, and all of `walkQueryLog`
 */
export async function readQueryLogFolder(folder: string, keys: LogKeys = NO_KEYS): Promise<QueryLog> {
  const single = await readIfThere(path.join(folder, segmentFile(0)));
  if (single !== null && (await readIfThere(path.join(folder, INDEX_FILE))) === null)
    return readQueryLog(single, { sha256: nativeSha256 });
  const batches: LoggedBatch[] = [];
  const answers: LoggedAnswer[] = [];
  const inputs = new Map<string, Uint8Array>();
  const state = await walkQueryLog(folder, keys, (segment) => {
    const read = queriesOf(segment);
    for (const batch of read.batches) batches.push(batch);
    for (const answer of read.answers) answers.push(answer);
    for (const [query, input] of read.inputs) if (!inputs.has(query)) inputs.set(query, input);
  });
  const { registration } = state.index;
  if (registration === null)
    throw new EvidenceError(
      "QUERY_LOG_OTHER_REGISTRATION",
      "the query log was written without a registration",
      "Its answers carry no marks, so there is nothing to look for.",
    );
  const { head, lines } = state;
  return { registration, batches, answers, inputs, head, lines, roots: rootsOf(state) };
}

function rootsOf({ index, segments }: QueryLogState): LogRoots {
  const last = segments.at(-1);
  if (last === undefined || last.closed) return { index: index.head, open: null };
  const { segment, entries, root } = last;
  return { index: index.head, open: { segment, entries, root } };
}

/** What a segment says of queries. @throws EvidenceError QUERY_LOG_SEALED, QUERY_LOG_MALFORMED */
function queriesOf({ begin, lines, offset }: ReadSegment): SegmentQueries {
  if (begin !== null) return segmentQueries(begin, lines, offset);
  const { batches, answers, inputs } = readQueryLines(lines);
  const move = <L extends { readonly line: number }>(each: L): L => ({ ...each, line: each.line + offset });
  return { batches: batches.map(move), answers: answers.map(move), inputs };
}

/** The same; null where the segment is sealed and no key opens it. */
export function readableQueries(segment: ReadSegment): SegmentQueries | null {
  return segment.lines.some(({ entry }) => entry === null) ? null : queriesOf(segment);
}

/**
 * Check a query log from its first line to its last, one segment in memory at a time. Needs no key: what is sealed is
 * checked as it lies there.
 *
 * @param visit is given each segment whose body is there, in order
 * @throws EvidenceError QUERY_LOG_SEGMENT_MISSING, QUERY_LOG_SEGMENT_DIFFERS, QUERY_LOG_LINE_CHANGED,
 *   QUERY_LOG_MALFORMED, and those of a broken chain
 */
export async function walkQueryLog(
  folder: string,
  keys: LogKeys = NO_KEYS,
  visit: (segment: ReadSegment) => void | Promise<void> = () => {},
): Promise<QueryLogState> {
  const bytes = await readIfThere(path.join(folder, INDEX_FILE));
  if (bytes === null) throw altered("QUERY_LOG_SEGMENT_MISSING", `there is no query log in "${folder}"`);
  const index = readQueryIndex(
    chainLines(bytes, { kind: "query-index", sha256: nativeSha256 }),
    nativeSha256,
  );
  const segments: QueryLogState["segments"][number][] = [];
  let previous: SegmentEnd | null = null;
  let offset = 0;
  for (const closed of index.segments) {
    const { segment, deleted, entries, head, root } = closed;
    const end: SegmentEnd = { entries, head, root };
    if (deleted === null) {
      const read = await readSegment(folder, { segment, registration: index.registration, previous }, keys);
      if (read === null)
        throw altered("QUERY_LOG_SEGMENT_MISSING", `segment ${segment} of the query log is missing`);
      requireEnd(segment, read.end, end);
      await visit({ ...read, offset, closed });
    }
    segments.push({ segment, ...end, closed: true, deleted });
    previous = end;
    offset += entries;
  }
  const segment = (index.segments.at(-1)?.segment ?? 0) + 1;
  const open = await readSegment(folder, { segment, registration: index.registration, previous }, keys);
  if (open !== null) {
    segments.push({ segment, ...open.end, closed: false, deleted: null });
    await visit({ ...open, offset, closed: null });
  }
  const last = open?.end ?? previous;
  return { index, segments, head: last?.head ?? index.head, lines: offset + (open?.end.entries ?? 0) };
}

/** What is known of a segment before it is read. */
interface Place {
  readonly segment: number;
  readonly registration: string | null;
  readonly previous: SegmentEnd | null;
}

/** @returns null where there is no such file */
async function readSegment(
  folder: string,
  place: Place,
  keys: LogKeys,
): Promise<Pick<ReadSegment, "segment" | "begin" | "lines" | "end"> | null> {
  const { segment } = place;
  const bytes = await readIfThere(path.join(folder, segmentFile(segment)));
  if (bytes === null) return null;
  const chain = [...chainLines(bytes, { kind: "queries", sha256: nativeSha256 })];
  const last = chain.at(-1);
  // A file that was made, and then there was a crash before its first line.
  if (last === undefined) return null;
  const tree = createMerkleAccumulator(nativeSha256);
  for (const line of chain) tree.append(leafHash(line.bytes, nativeSha256));
  const end: SegmentEnd = { entries: chain.length, head: last.hash, root: bytesToHex(tree.root()) };
  if (segment === 0) {
    const lines = chain.map((line, i) => ({
      ...line,
      prev: chain[i - 1]?.hash ?? "",
      entry: { value: line.body },
    }));
    return { segment, begin: null, lines, end };
  }
  const { begin, lines } = await readSegmentLines(chain, {
    sha256: nativeSha256,
    unsealerOf: async ({ sealing }) => {
      const key = sealing === null ? null : await segmentKey(sealing, keys);
      return key === null ? null : lineUnsealer(key);
    },
  });
  requirePlace(begin, place);
  return { segment, begin, lines, end };
}

function requireEnd(segment: number, found: SegmentEnd, noted: SegmentEnd): void {
  if (found.entries === noted.entries && found.head === noted.head && found.root === noted.root) return;
  throw altered("QUERY_LOG_SEGMENT_DIFFERS", `segment ${segment} of the query log is not as it was closed`);
}
