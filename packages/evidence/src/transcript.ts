import { bytesToHex } from "@noble/hashes/utils.js";
import type { z } from "zod";
import { portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { type ChainLine, chainLines } from "./chain.js";
import { altered, type EvidenceError } from "./error.js";
import { createMerkleAccumulator, leafHash } from "./merkle.js";
import { isAnswerRecord, isIntentRecord } from "./quick-records.js";
import { createQuickLines, QuickAnswer, QuickIntent } from "./quick-lines.js";
import { answerBodyAt, INTENT_BODY_AT, LineAnswer, lineBody, LineRequest } from "./recorded-exchange.js";
import { answerSchema, beginSchema, intentSchema, lostSchema, noteSchema } from "./transcript-records.js";

/** Largest request or response body in one exchange. */
export const MAX_BODY_BYTES: number = 64 * 2 ** 20;
/** Why an exchange is lost whose intent was found with nothing after it. */
export const INTERRUPTED = "interrupted";

/** What a transcript is about, on its first line. */
export interface TranscriptSubject {
  /** Commitment of the registration, hex, or null where the transcript belongs to none. */
  readonly registration: string | null;
  /** The suspect as it was named when the transcript was begun, without secrets. */
  readonly target: string;
}

/** A request as it was recorded: secrets are gone from its URL and headers. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded anew from its line each time it is read: a transcript can be larger than memory takes twice. */
  readonly body: Uint8Array;
  /** SHA-256 of the body, hex. */
  readonly sha256: string;
  readonly probes: readonly number[];
}

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly sha256: string;
  readonly address: string | null;
  readonly certificate: string | null;
}

/** How an exchange ended. `open`: neither an answer nor a loss is recorded. */
export type ExchangeOutcome =
  | { readonly kind: "answer"; readonly time: string; readonly line: number; readonly answer: RecordedAnswer }
  | { readonly kind: "lost"; readonly time: string; readonly line: number; readonly reason: string }
  | { readonly kind: "open" };

export interface Exchange {
  /** Number of the intent: the index of its line. */
  readonly intent: number;
  readonly time: string;
  readonly request: RecordedRequest;
  readonly outcome: ExchangeOutcome;
}

/** A free record: what else happened, as plain JSON. */
export interface TranscriptNote {
  readonly line: number;
  readonly time: string;
  readonly kind: string;
  readonly body: unknown;
}

export interface Transcript {
  readonly subject: TranscriptSubject;
  readonly exchanges: readonly Exchange[];
  readonly notes: readonly TranscriptNote[];
  /** How often a torn last line was cut off after a crash. */
  readonly recoveries: number;
  readonly entries: number;
  /** Merkle tree hash over all lines (RFC 9162), hex. */
  readonly root: string;
  /** Hash of the last line, hex. */
  readonly head: string;
}

/** An exchange whose end may not have come yet. */
type Draft = Omit<Exchange, "outcome"> & { outcome: ExchangeOutcome };

/**
 * Read a transcript: its chain, the form of every record, every body against its hash, and that each answer or loss
 * belongs to exactly one intent before it.
 *
 * @param bytes transcript.jsonl
 * @throws EvidenceError all of `chainLines`, TRANSCRIPT_MALFORMED, TRANSCRIPT_UNKNOWN_INTENT,
 *   TRANSCRIPT_SETTLED_TWICE, TRANSCRIPT_BODY_CHANGED
 */
export function readTranscript(bytes: Uint8Array, options?: { readonly sha256?: Sha256 }): Transcript {
  const sha256 = options?.sha256 ?? portableSha256;
  const transcript = readTranscriptLines(
    chainLines(bytes, { kind: "transcript", sha256, quick: createQuickLines() }),
    sha256,
  );
  if (transcript !== null) return transcript;
  throw altered("TRANSCRIPT_MALFORMED", "the transcript does not say what it is about");
}

/**
 * A transcript from lines whose chain was checked; null where it was never begun, which is so when a crash came before
 * its first line was written.
 *
 * @throws EvidenceError as `readTranscript`
 */
export function readTranscriptLines(lines: Iterable<ChainLine>, sha256: Sha256): Transcript | null {
  const drafts = new Map<number, Draft>();
  const notes: TranscriptNote[] = [];
  const tree = createMerkleAccumulator(sha256);
  let subject: TranscriptSubject | null = null;
  let recoveries = 0;
  let head = "";
  for (const line of lines) {
    tree.append(leafHash(line.bytes, sha256));
    head = line.hash;
    if (subject === null && line.type !== "recovered") {
      subject = readSubject(line);
      continue;
    }
    switch (line.type) {
      case "intent":
        drafts.set(line.index, readIntent(line, sha256));
        break;
      case "answer":
      case "lost":
        settle(line, drafts, sha256);
        break;
      case "note":
        notes.push({ line: line.index, time: line.time, ...record(line, noteSchema) });
        break;
      case "recovered":
        recoveries += 1;
        break;
      default:
        throw malformed(line, `is of the unknown type "${line.type}"`);
    }
  }
  if (subject === null) return null;
  const exchanges = [...drafts.values()];
  return { subject, exchanges, notes, recoveries, entries: tree.size, root: bytesToHex(tree.root()), head };
}

function readSubject(line: ChainLine): TranscriptSubject {
  if (line.type !== "begin") throw malformed(line, "does not say what the transcript is about");
  const { registration, target } = record(line, beginSchema);
  return { registration, target };
}

function readIntent(line: ChainLine, sha256: Sha256): Draft {
  const { body, index, time, bytes } = line;
  const found =
    body instanceof QuickIntent ? body.record : isIntentRecord(body) ? body : record(line, intentSchema);
  bodyHash(line, { at: INTENT_BODY_AT, stated: found.sha256 }, sha256);
  return { intent: index, time, request: new LineRequest(found, bytes), outcome: { kind: "open" } };
}

function settle(line: ChainLine, drafts: ReadonlyMap<number, Draft>, sha256: Sha256): void {
  const outcome = line.type === "answer" ? readAnswer(line, sha256) : readLoss(line);
  const draft = drafts.get(outcome.intent);
  if (draft === undefined) {
    const message = `line ${line.index} of the transcript belongs to intent ${outcome.intent}, which there is not`;
    throw altered("TRANSCRIPT_UNKNOWN_INTENT", message);
  }
  if (draft.outcome.kind !== "open") {
    throw altered(
      "TRANSCRIPT_SETTLED_TWICE",
      `line ${line.index} of the transcript settles an exchange again`,
    );
  }
  draft.outcome = outcome.settled;
}

function readAnswer(line: ChainLine, sha256: Sha256): { intent: number; settled: ExchangeOutcome } {
  const { body, index, time, bytes } = line;
  const found =
    body instanceof QuickAnswer ? body.record : isAnswerRecord(body) ? body : record(line, answerSchema);
  const at = body instanceof QuickAnswer ? body.bodyAt : answerBodyAt(found);
  // The hash as it was computed: one that was cut out of a longer text keeps that in memory.
  const hash = bodyHash(line, { at, stated: found.sha256 }, sha256);
  const answer = new LineAnswer({ ...found, sha256: hash }, bytes, at);
  return { intent: found.intent, settled: { kind: "answer", time, line: index, answer } };
}

function readLoss(line: ChainLine): { intent: number; settled: ExchangeOutcome } {
  const { intent, reason } = record(line, lostSchema);
  return { intent, settled: { kind: "lost", time: line.time, line: line.index, reason } };
}

/** Where bodies are decoded of which nothing but the hash is asked. */
const SCRATCH: Uint8Array = new Uint8Array(2 ** 16);

/** @returns the hash of a line's body, which is the stated one */
function bodyHash(
  { bytes, index }: ChainLine,
  { at, stated }: { readonly at: number; readonly stated: string },
  sha256: Sha256,
): string {
  const hash = sha256Hex(lineBody(bytes, at, SCRATCH), sha256);
  if (hash === stated) return hash;
  throw altered(
    "TRANSCRIPT_BODY_CHANGED",
    `the body on line ${index} of the transcript does not have its hash`,
  );
}

function record<T>(line: ChainLine, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(line.body);
  if (parsed.success) return parsed.data;
  throw malformed(line, `is malformed: ${parsed.error.issues[0]?.message ?? "unknown field"}`);
}

function malformed(line: ChainLine, message: string): EvidenceError {
  return altered("TRANSCRIPT_MALFORMED", `line ${line.index} of the transcript ${message}`);
}
