import path from "node:path";
import { canonicalBytes, sha256Hex } from "./canonical.js";
import type { ChainLine } from "./chain.js";
import { type ChainFile, openChain } from "./chain-file.js";
import { altered } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import type { QueryBatch } from "./query-batch.js";
import { segmentFile } from "./query-index.js";
import { enclosedBody, type SealLine } from "./query-lines.js";
import type { LoggableAnswer } from "./query-log.js";
import {
  lineSealer,
  lineUnsealer,
  type LogKeys,
  type LogSealing,
  newSegmentKey,
  segmentKey,
} from "./query-seal-file.js";
import {
  type AnswerEntry,
  type LogPolicy,
  readSegmentLines,
  type SegmentBegin,
  type SegmentEnd,
  segmentQueries,
} from "./query-segment.js";

/** One answered query, as it is about to be sent. */
export interface AnsweredQuery {
  readonly customer: string | null;
  /** SHA-256 of the query's canonical inputs, hex. */
  readonly query: string;
  /** The inputs, .npz bytes with one row; stored once per query and segment. */
  readonly input: () => Uint8Array;
  /** As it is sent, or its hash already. */
  readonly answer: LoggableAnswer;
  readonly changed: boolean;
  /** Id of the request, the account that made it, and the model that was asked, where they are known. */
  readonly request?: string | null;
  readonly account?: string | null;
  readonly model?: string | null;
}

/** How a segment is to be written. */
export interface SegmentPlan {
  readonly registration: string | null;
  readonly segment: number;
  readonly previous: SegmentEnd | null;
  readonly policy: LogPolicy;
  readonly sealing: LogSealing | null;
  readonly clock: () => Date;
}

/** A segment that is open for writing. */
export interface SegmentFile {
  /** Whether what was found was begun as planned, and can be gone on with. */
  readonly asPlanned: boolean;
  /** When it was begun. */
  readonly begun: Date;
  readonly entries: number;
  readonly bytes: number;
  answered(query: AnsweredQuery): Promise<unknown>;
  batch(batch: QueryBatch, signature: string): Promise<unknown>;
  /** Finish what is under way and say how it ended. */
  close(): Promise<SegmentEnd>;
}

/**
 * Open a segment, or begin it.
 *
 * @throws EvidenceError QUERY_LOG_SEGMENT_DIFFERS where it follows another than it should, and those of reading it
 */
export async function openSegment(folder: string, plan: SegmentPlan): Promise<SegmentFile> {
  let seal: SealLine | null = null;
  const chain = await openChain(path.join(folder, segmentFile(plan.segment)), {
    kind: "queries",
    clock: plan.clock,
    enclose: (line) => enclosedBody(line, { seal, sha256: nativeSha256 }),
  });
  try {
    const started = chain.found.some(({ type }) => type === "begin");
    if (!started) {
      const made = plan.sealing === null ? null : await newSegmentKey(plan.sealing);
      const { time } = await chain.append("begin", beginOf(plan, made?.named ?? null));
      seal = made === null ? null : lineSealer(made.key);
      return segmentOf(chain, plan.policy, { stored: new Set(), asPlanned: true, begun: new Date(time) });
    }
    const { key, ...before } = await readFound(chain.found, plan);
    seal = key === null ? null : lineSealer(key);
    return segmentOf(chain, plan.policy, before);
  } catch (error) {
    await chain.close();
    throw error;
  }
}

function beginOf(plan: SegmentPlan, sealing: SegmentBegin["sealing"]): SegmentBegin {
  const { registration, segment, previous, policy } = plan;
  return { version: 2, kind: "indicia query log segment", registration, segment, previous, policy, sealing };
}

/** What was found on opening. */
interface Before extends Pick<SegmentFile, "asPlanned" | "begun"> {
  /** Queries whose input is there already. */
  readonly stored: Set<string>;
}

async function readFound(
  lines: readonly ChainLine[],
  plan: SegmentPlan,
): Promise<Before & { readonly key: Uint8Array | null }> {
  const keys = keysOf(plan.sealing);
  let key: Uint8Array | null = null;
  const { begin, lines: read } = await readSegmentLines(lines, {
    sha256: nativeSha256,
    unsealerOf: async ({ sealing }) => {
      key = sealing === null ? null : await segmentKey(sealing, keys);
      return key === null ? null : lineUnsealer(key);
    },
  });
  requirePlace(begin, plan);
  const readable = begin.sealing === null || key !== null;
  const scheme = begin.sealing?.scheme ?? null;
  return {
    key,
    stored: new Set(readable ? segmentQueries(begin, read, 0).inputs.keys() : []),
    asPlanned:
      readable &&
      scheme === (plan.sealing?.kind ?? null) &&
      sha256Hex(canonicalBytes(begin.policy)) === sha256Hex(canonicalBytes(plan.policy)),
    begun: new Date(lines[0]?.time ?? plan.clock()),
  };
}

/** The keys that a writer has by itself. */
export function keysOf(sealing: LogSealing | null): LogKeys {
  return {
    subKey: sealing?.kind === "sub-key" ? sealing.key : null,
    unwrap: sealing?.kind === "wrapped" ? sealing.unwrap : null,
  };
}

/**
 * A segment stands where it says: after the one before it, under the same registration.
 *
 * @throws EvidenceError QUERY_LOG_SEGMENT_DIFFERS
 */
export function requirePlace(
  begin: SegmentBegin,
  { registration, segment, previous }: Pick<SegmentPlan, "registration" | "segment" | "previous">,
): void {
  const same =
    begin.segment === segment &&
    begin.registration === registration &&
    begin.previous?.head === previous?.head &&
    begin.previous?.root === previous?.root &&
    begin.previous?.entries === previous?.entries;
  if (!same)
    throw altered(
      "QUERY_LOG_SEGMENT_DIFFERS",
      `segment ${segment} of the query log does not follow the one before it`,
    );
}

function segmentOf(chain: ChainFile, policy: LogPolicy, before: Before): SegmentFile {
  const { stored, asPlanned, begun } = before;
  let bytes = chain.found.reduce((sum, line) => sum + line.bytes.length + 1, 0);
  const append = async (type: string, entry: unknown): Promise<void> => {
    const line = await chain.append(type, entry);
    bytes += line.bytes.length + 1;
  };
  return {
    asPlanned,
    begun,
    get entries() {
      return chain.entries;
    },
    get bytes() {
      return bytes;
    },
    answered(query) {
      const keeps = policy.inputs === "stored" && !stored.has(query.query);
      if (keeps) stored.add(query.query);
      return append("answer", answerEntryOf(query, policy, keeps));
    },
    batch: ({ customer, queries }, signature) => append("batch", { customer, queries, signature }),
    async close() {
      await chain.close();
      return { entries: chain.entries, head: chain.head, root: chain.root };
    },
  };
}

function answerEntryOf(query: AnsweredQuery, policy: LogPolicy, keepsInput: boolean): AnswerEntry {
  const { customer, changed, answer, request = null, account = null, model = null } = query;
  return {
    account,
    answer:
      policy.answers === "stored" || "sha256" in answer
        ? answer
        : { sha256: sha256Hex(canonicalBytes(answer), nativeSha256) },
    changed,
    customer,
    input: keepsInput ? base64(query.input()) : null,
    model,
    query: query.query,
    request,
  };
}

/** As `toBase64`, by the platform: there is one for every new query. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}
