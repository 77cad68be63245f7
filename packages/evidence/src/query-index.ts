import { z } from "zod";
import { portableSha256, type Sha256 } from "./canonical.js";
import { type ChainLine, RECOVERED } from "./chain.js";
import { altered } from "./error.js";
import { checkedLines, openEntry } from "./query-lines.js";
import { type SegmentEnd, segmentEndSchema } from "./query-segment.js";

/** A segment that is closed for good. */
export interface ClosedSegment extends SegmentEnd {
  /** 0 for a log of version 1, from 1 otherwise. */
  readonly segment: number;
  /** When it was closed: RFC 3339, UTC, milliseconds. */
  readonly closed: string;
  /** When its body was given up, or null while it is kept. */
  readonly deleted: string | null;
}

/** What the index of a query log says: every segment that was closed, with its root, whether it is still there or not. */
export interface QueryIndex {
  /** Commitment of the registration, hex; null for a gateway without one. */
  readonly registration: string | null;
  readonly segments: readonly ClosedSegment[];
  readonly head: string;
  readonly lines: number;
}

/** First line of an index. */
export interface IndexBegin {
  readonly version: 2;
  readonly kind: "indicia query log";
  readonly registration: string | null;
}

const hex32: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const beginSchema: z.ZodType<IndexBegin> = z.strictObject({
  version: z.literal(2),
  kind: z.literal("indicia query log"),
  registration: hex32.nullable(),
});
const closedSchema: z.ZodType<{ segment: number; end: SegmentEnd }> = z.strictObject({
  segment: z.int().min(0),
  end: segmentEndSchema,
});
const deletedSchema: z.ZodType<{ segment: number }> = z.strictObject({ segment: z.int().min(0) });

/** Name of the file of a segment; that of version 1 keeps its own. */
export function segmentFile(segment: number): string {
  return segment === 0 ? "queries.jsonl" : `queries-${String(segment).padStart(6, "0")}.jsonl`;
}

/**
 * Read the index of a query log. Segments follow one another without a gap, and none is given up twice.
 *
 * @param lines of index.jsonl
 * @throws EvidenceError QUERY_LOG_MALFORMED, QUERY_LOG_LINE_CHANGED
 */
export function readQueryIndex(lines: Iterable<ChainLine>, sha256: Sha256 = portableSha256): QueryIndex {
  let begin: IndexBegin | null = null;
  const segments: ClosedSegment[] = [];
  let head = "";
  let count = 0;
  for (const line of checkedLines(lines, { kind: "query-index", sha256, unsealer: () => null })) {
    const entry = openEntry(line);
    count += 1;
    head = line.hash;
    if (line.type === RECOVERED) continue;
    if (begin === null) begin = parsed(beginSchema, entry, line);
    else if (line.type === "closed") {
      const { segment, end } = parsed(closedSchema, entry, line);
      const next = (segments.at(-1)?.segment ?? -1) + 1;
      if (segment !== next && !(segments.length === 0 && segment === 1))
        throw altered(
          "QUERY_LOG_MALFORMED",
          `the index of the query log closes segment ${segment} out of turn`,
        );
      segments.push({ segment, ...end, closed: line.time, deleted: null });
    } else if (line.type === "deleted") {
      const { segment } = parsed(deletedSchema, entry, line);
      const at = segments.findIndex((each) => each.segment === segment && each.deleted === null);
      const found = segments[at];
      if (found === undefined)
        throw altered(
          "QUERY_LOG_MALFORMED",
          `the index of the query log gives up segment ${segment} twice or unclosed`,
        );
      segments[at] = { ...found, deleted: line.time };
    }
  }
  if (begin === null) throw altered("QUERY_LOG_MALFORMED", "the index of the query log is empty");
  return { registration: begin.registration, segments, head, lines: count };
}

function parsed<T>(schema: z.ZodType<T>, entry: unknown, { index }: { readonly index: number }): T {
  const read = schema.safeParse(entry);
  if (read.success) return read.data;
  throw altered("QUERY_LOG_MALFORMED", `line ${index} of the index of the query log is malformed`);
}
