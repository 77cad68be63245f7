import { z } from "zod";
import { fromBase64 } from "./base64.js";
import { type ChainLine, readChain } from "./chain.js";
import { portableSha256, type Sha256 } from "./canonical.js";
import { altered } from "./error.js";

/** Queries of one batch: a signature over more would hold up the gateway. */
export const MAX_BATCH_QUERIES = 100_000;
/** Numbers of one answer: the classes of the largest read-outs. */
const MAX_CLASSES = 1_000_000;

/** A batch of queries with its place in the log; the signature is still to be checked. */
export interface LoggedBatch {
  readonly line: number;
  readonly time: string;
  readonly customer: string;
  readonly queries: readonly string[];
  readonly signature: string;
}

/** That a query was answered. What was answered is no business of whoever asks again. */
export interface LoggedAnswer {
  readonly line: number;
  readonly time: string;
  /** Null where the gateway tells no customers apart. */
  readonly customer: string | null;
  /** SHA-256 of the query's canonical inputs, hex. */
  readonly query: string;
  /** Whether the key changed its label. */
  readonly changed: boolean;
}

/** A query log without the answers: all that may be known before the key is opened. */
export interface QueryLog {
  /** Commitment of the registration, hex. */
  readonly registration: string;
  readonly batches: readonly LoggedBatch[];
  readonly answers: readonly LoggedAnswer[];
  /** Inputs by query, .npz bytes with one row. */
  readonly inputs: ReadonlyMap<string, Uint8Array>;
  readonly head: string;
  readonly lines: number;
  /** Under what single entries can be proved; absent in a log of version 1, which has no trees. */
  readonly roots?: LogRoots;
}

/** How far a log in segments goes. */
export interface LogRoots {
  /** Hash of the last line of its index, which has the root of every closed segment, hex. */
  readonly index: string;
  /** The segment that was written to last: its lines, and the Merkle tree hash over them, hex; null where there is none. */
  readonly open: { readonly segment: number; readonly entries: number; readonly root: string } | null;
}

/** An answer as it was sent. */
export type SentAnswer = { readonly values: readonly number[] } | { readonly label: number };
/** The same, or the SHA-256 of what was sent, hex. */
export type LoggableAnswer = SentAnswer | { readonly sha256: string };

const hex32: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const customer: z.ZodType<string> = z.string().min(1).max(64);
const beginSchema: z.ZodType<{ version: 1; kind: string; registration: string }> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia query log"),
  registration: hex32,
});
const batchSchema: z.ZodType<{ customer: string; queries: string[]; signature: string }> = z.strictObject({
  customer,
  queries: z.array(hex32).min(1).max(MAX_BATCH_QUERIES),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});
const answerSchema: z.ZodType<{
  customer: string | null;
  query: string;
  input: string | null;
  answer: SentAnswer;
  changed: boolean;
}> = z.strictObject({
  customer: customer.nullable(),
  query: hex32,
  input: z.string().nullable(),
  answer: z.union([
    z.strictObject({ values: z.array(z.number()).max(MAX_CLASSES) }),
    z.strictObject({ label: z.int() }),
  ]),
  changed: z.boolean(),
});

/**
 * Read a query log.
 *
 * @param bytes queries.jsonl
 * @throws EvidenceError QUERY_LOG_MALFORMED, and those of a broken chain
 */
export function readQueryLog(bytes: Uint8Array, options: { readonly sha256?: Sha256 } = {}): QueryLog {
  const { lines, head } = readChain(bytes, { kind: "queries", sha256: options.sha256 ?? portableSha256 });
  return { ...readQueryLines(lines), head, lines: lines.length };
}

/** The same for lines that were read already. */
export function readQueryLines(lines: readonly ChainLine[]): Omit<QueryLog, "head" | "lines" | "roots"> {
  const [first, ...rest] = lines;
  const begin = first?.type === "begin" ? beginSchema.safeParse(first.body) : null;
  if (begin?.success !== true)
    throw altered("QUERY_LOG_MALFORMED", "the query log does not say which registration it is for");
  const batches: LoggedBatch[] = [];
  const answers: LoggedAnswer[] = [];
  const inputs = new Map<string, Uint8Array>();
  for (const { type, body, index, time } of rest) {
    if (type === "batch") batches.push({ line: index, time, ...read(batchSchema, body, index) });
    if (type !== "answer") continue;
    const { answer: _, input, ...record } = read(answerSchema, body, index);
    answers.push({ line: index, time, ...record });
    if (input !== null && !inputs.has(record.query)) inputs.set(record.query, fromBase64(input));
  }
  const lost = answers.find(({ query }) => !inputs.has(query));
  if (lost !== undefined) throw altered("QUERY_LOG_MALFORMED", `the input of line ${lost.line} is missing`);
  return { registration: begin.data.registration, batches, answers, inputs };
}

function read<T>(schema: z.ZodType<T>, body: unknown, line: number): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw altered("QUERY_LOG_MALFORMED", `line ${line} of the query log is malformed`);
}
