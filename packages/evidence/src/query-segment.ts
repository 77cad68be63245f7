import { z } from "zod";
import { fromBase64 } from "./base64.js";
import type { Sha256 } from "./canonical.js";
import { type ChainLine, RECOVERED } from "./chain.js";
import { MAX_BATCH_QUERIES } from "./query-log.js";
import type { LoggedAnswer, LoggedBatch, LoggableAnswer } from "./query-log.js";
import { altered } from "./error.js";
import { checkedLines, type LogLine, openEntry, type UnsealLine } from "./query-lines.js";

/** Numbers of one answer: the classes of the largest read-outs. */
const MAX_CLASSES = 1_000_000;
/** Names of requests, accounts and models: a header's worth. */
const MAX_NAME = 256;
/** Base64 of a segment's key as an age file with every recipient that a team could have. */
const MAX_WRAPPED = 65_536;

/** What is kept of queries and answers: whole, or their hashes. */
export interface LogPolicy {
  readonly inputs: "stored" | "hash";
  readonly answers: "stored" | "hash";
}

/** How a segment is encrypted: its key comes from a sub-key and a salt, or lies there wrapped, in base64. */
export type SegmentSealing =
  | { readonly scheme: "sub-key"; readonly salt: string }
  | { readonly scheme: "wrapped"; readonly key: string };

/** How a closed segment ended. */
export interface SegmentEnd {
  /** Lines. */
  readonly entries: number;
  /** Hash of the last line, hex. */
  readonly head: string;
  /** Merkle tree hash over the lines (RFC 9162), hex. */
  readonly root: string;
}

/** First line of a segment. */
export interface SegmentBegin {
  readonly version: 2;
  readonly kind: "indicia query log segment";
  readonly registration: string | null;
  /** From 1; 0 is a log of version 1 that was gone on with. */
  readonly segment: number;
  /** How the segment before it ended; null for the first. */
  readonly previous: SegmentEnd | null;
  readonly policy: LogPolicy;
  readonly sealing: SegmentSealing | null;
}

/** What a line of type `answer` says. */
export interface AnswerEntry {
  readonly account: string | null;
  readonly answer: LoggableAnswer;
  readonly changed: boolean;
  readonly customer: string | null;
  /** Base64 of an .npz with one row; null where it is in the segment already, or kept as its hash alone. */
  readonly input: string | null;
  readonly model: string | null;
  /** SHA-256 of the query's canonical inputs, hex. */
  readonly query: string;
  readonly request: string | null;
}

/** What a segment says of queries, without the answers. */
export interface SegmentQueries {
  readonly batches: readonly LoggedBatch[];
  readonly answers: readonly LoggedAnswer[];
  readonly inputs: ReadonlyMap<string, Uint8Array>;
}

const hex32: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const name: z.ZodType<string | null> = z.string().min(1).max(MAX_NAME).nullable();
const customer: z.ZodType<string> = z.string().min(1).max(64);

export const segmentEndSchema: z.ZodType<SegmentEnd> = z.strictObject({
  entries: z.int().min(0),
  head: hex32,
  root: hex32,
});

const beginSchema: z.ZodType<SegmentBegin> = z.strictObject({
  version: z.literal(2),
  kind: z.literal("indicia query log segment"),
  registration: hex32.nullable(),
  segment: z.int().min(1),
  previous: segmentEndSchema.nullable(),
  policy: z.strictObject({ inputs: z.enum(["stored", "hash"]), answers: z.enum(["stored", "hash"]) }),
  sealing: z
    .union([
      z.strictObject({ scheme: z.literal("sub-key"), salt: hex32 }),
      z.strictObject({ scheme: z.literal("wrapped"), key: z.string().max(MAX_WRAPPED) }),
    ])
    .nullable(),
});

const answerSchema: z.ZodType<AnswerEntry> = z.strictObject({
  account: name,
  answer: z.union([
    z.strictObject({ values: z.array(z.number()).max(MAX_CLASSES) }),
    z.strictObject({ label: z.int() }),
    z.strictObject({ sha256: hex32 }),
  ]),
  changed: z.boolean(),
  customer: customer.nullable(),
  input: z.string().nullable(),
  model: name,
  query: hex32,
  request: name,
});

const batchSchema: z.ZodType<{ customer: string; queries: string[]; signature: string }> = z.strictObject({
  customer,
  queries: z.array(hex32).min(1).max(MAX_BATCH_QUERIES),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

/** What the first line of a segment says, which is never sealed. @throws EvidenceError QUERY_LOG_MALFORMED */
export function segmentBegin(line: Pick<LogLine, "type" | "index" | "entry"> | undefined): SegmentBegin {
  const parsed = line?.type === "begin" ? beginSchema.safeParse(line.entry?.value) : null;
  if (parsed?.success === true) return parsed.data;
  throw altered("QUERY_LOG_MALFORMED", "a segment of the query log does not say what it is");
}

/** What a line of type `answer` says. @throws EvidenceError QUERY_LOG_SEALED, QUERY_LOG_MALFORMED */
export function answerEntry(line: Pick<LogLine, "index" | "entry">): AnswerEntry {
  return parsedEntry(answerSchema, line);
}

/**
 * Check the lines of a segment, and open those for which there is a key.
 *
 * @param lines its whole chain
 * @param options.unsealerOf opens lines once the begin was read; null where the key is not at hand
 * @returns every line; those that are sealed have no entry without a key
 * @throws EvidenceError those of `checkedLines`, QUERY_LOG_MALFORMED
 */
export async function readSegmentLines(
  lines: Iterable<ChainLine>,
  options: {
    readonly unsealerOf: (begin: SegmentBegin) => Promise<UnsealLine | null>;
    readonly sha256: Sha256;
  },
): Promise<{ readonly begin: SegmentBegin; readonly lines: readonly LogLine[] }> {
  const { sha256, unsealerOf } = options;
  const read: LogLine[] = [];
  let unseal: UnsealLine | null = null;
  let begin: SegmentBegin | null = null;
  for (const line of checkedLines(lines, { kind: "queries", sha256, unsealer: () => unseal })) {
    read.push(line);
    // A crash while a segment was begun leaves its trace before the begin.
    if (begin !== null || line.type === RECOVERED) continue;
    begin = segmentBegin(line);
    unseal = await unsealerOf(begin);
  }
  return { begin: begin ?? segmentBegin(undefined), lines: read };
}

/**
 * What the lines of a segment say of queries.
 *
 * @param offset lines of the log before this segment
 * @throws EvidenceError QUERY_LOG_SEALED, QUERY_LOG_MALFORMED
 */
export function segmentQueries(
  begin: SegmentBegin,
  lines: readonly LogLine[],
  offset: number,
): SegmentQueries {
  const batches: LoggedBatch[] = [];
  const answers: LoggedAnswer[] = [];
  const inputs = new Map<string, Uint8Array>();
  for (const line of lines) {
    const place = { line: offset + line.index, time: line.time };
    if (line.type === "batch") batches.push({ ...place, ...parsedEntry(batchSchema, line) });
    if (line.type !== "answer") continue;
    const { customer: whose, query, changed, input } = parsedEntry(answerSchema, line);
    answers.push({ ...place, customer: whose, query, changed });
    if (input !== null && !inputs.has(query)) inputs.set(query, fromBase64(input));
  }
  const lost = begin.policy.inputs === "stored" ? answers.find(({ query }) => !inputs.has(query)) : undefined;
  if (lost !== undefined)
    throw altered("QUERY_LOG_MALFORMED", `the input of line ${lost.line} of the query log is missing`);
  return { batches, answers, inputs };
}

function parsedEntry<T>(schema: z.ZodType<T>, line: Pick<LogLine, "index" | "entry">): T {
  const parsed = schema.safeParse(openEntry(line));
  if (parsed.success) return parsed.data;
  throw altered("QUERY_LOG_MALFORMED", `line ${line.index} of the query log is malformed`);
}
