import type { z } from "zod";
import { sha256Hex } from "./canonical.js";
import { type ChainFile, openChain } from "./chain-file.js";
import { EvidenceError } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { isAnswerRecord, isIntentRecord } from "./quick-records.js";
import { redactHeaders, redactText, redactUrl } from "./redact.js";
import {
  type Exchange,
  type TranscriptNote,
  INTERRUPTED,
  MAX_BODY_BYTES,
  readTranscriptLines,
  type TranscriptSubject,
} from "./transcript.js";
import {
  type AnswerRecord,
  answerSchema,
  type IntentRecord,
  intentSchema,
  type LostRecord,
  MAX_REASON,
} from "./transcript-records.js";

const IS_URL = /^[a-z][a-z0-9+.-]*:\/\//i;

/** One request as it is about to leave, with secrets already taken out of the headers. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Indices of the probes asked in this request, in the order of their rows. Empty for metadata. */
  readonly probes: readonly number[];
}

/** One response as it came. */
export interface IncomingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The address the connection really reached, where there was one. */
  readonly address?: string;
  /** SHA-256 of the peer's TLS certificate, hex, where there was one. */
  readonly certificate?: string;
}

/** Probes that were turned away, and the line that says so. */
export interface Deferral {
  readonly line: number;
  readonly probes: readonly number[];
}

/** Note of a transcript for probes that were turned away. */
const DEFERRED_NOTE = "deferred";

/** What a sealed observation says of its transcript. */
export interface TranscriptSeal {
  readonly entries: number;
  /** Merkle tree hash over all lines (RFC 9162), hex. */
  readonly root: string;
}

/** A transcript that is open for recording. */
export interface TranscriptFile {
  /** When it was begun, RFC 3339; the same however often it is opened again. */
  readonly begun: string;
  /** Exchanges found on opening; what was interrupted is lost. */
  readonly found: readonly Exchange[];
  /** Bodies of the notes of a kind that were found on opening. */
  noted(kind: string): readonly unknown[];
  /**
   * Record what is about to be asked. Resolves when the record is on disk; only then may it be sent.
   *
   * @returns the number by which `answer` or `lost` refers to it
   * @throws EvidenceError TRANSCRIPT_BODY_TOO_LARGE, and those of `ChainFile.append`
   */
  intent(request: OutgoingRequest): Promise<number>;
  /** @throws EvidenceError TRANSCRIPT_UNKNOWN_INTENT, TRANSCRIPT_SETTLED_TWICE, TRANSCRIPT_BODY_TOO_LARGE */
  answer(intent: number, answer: IncomingAnswer): Promise<void>;
  lost(intent: number, reason: string): Promise<void>;
  /** Note that probes were turned away unanswered, so that asking them later asks nothing twice. */
  defer(probes: readonly number[]): Promise<void>;
  /** Deferrals found on opening. */
  readonly deferred: readonly Deferral[];
  /** Record anything else as plain JSON. */
  note(kind: string, body: unknown): Promise<void>;
  /** Record all that is still open as lost, and close: what an observation seals. */
  finish(): Promise<TranscriptSeal>;
  /** Close without finishing; opening it again goes on. */
  close(): Promise<void>;
}

export interface OpenTranscriptOptions extends TranscriptSubject {
  readonly clock?: () => Date;
}

/**
 * Begin a transcript, or go on with one. Intents that were left open, by a crash or otherwise, are recorded as lost:
 * whether they were sent is unknown, so they are never asked again.
 *
 * @param file transcript.jsonl
 * @throws EvidenceError TRANSCRIPT_OTHER_REGISTRATION where the file was begun for something else, CHAIN_LOCKED, and
 *   all of `readTranscript`
 */
export async function openTranscript(file: string, options: OpenTranscriptOptions): Promise<TranscriptFile> {
  const { clock } = options;
  const subject: TranscriptSubject = {
    registration: options.registration,
    target: IS_URL.test(options.target) ? redactUrl(options.target) : options.target,
  };
  const chain = await openChain(file, { kind: "transcript", ...(clock === undefined ? {} : { clock }) });
  try {
    return createTranscript(chain, await resume(chain, subject));
  } catch (error) {
    await chain.close();
    throw error;
  }
}

interface Resumed {
  readonly begun: string;
  readonly found: readonly Exchange[];
  readonly notes: readonly TranscriptNote[];
}

/** What was found in the chain; begins the transcript where it is new. */
async function resume(chain: ChainFile, subject: TranscriptSubject): Promise<Resumed> {
  const transcript = readTranscriptLines(chain.found, nativeSha256);
  const first = chain.found[0];
  if (transcript === null || first === undefined) {
    const { time } = await chain.append("begin", { version: 1, kind: "indicia transcript", ...subject });
    return { begun: time, found: [], notes: [] };
  }
  requireSubject(transcript.subject, subject);
  const found = await Promise.all(transcript.exchanges.map((exchange) => withoutOpenEnd(chain, exchange)));
  return { begun: first.time, found, notes: transcript.notes };
}

function requireSubject(found: TranscriptSubject, wanted: TranscriptSubject): void {
  if (found.registration !== wanted.registration) {
    throw new EvidenceError(
      "TRANSCRIPT_OTHER_REGISTRATION",
      "the transcript was begun under another registration",
      "Give the registration it was begun with, or another folder.",
    );
  }
  if (found.target !== wanted.target) {
    throw new EvidenceError(
      "TRANSCRIPT_OTHER_TARGET",
      `the transcript was begun for "${found.target}"`,
      "Give the suspect it was begun with, or another folder.",
    );
  }
}

async function withoutOpenEnd(chain: ChainFile, exchange: Exchange): Promise<Exchange> {
  if (exchange.outcome.kind !== "open") return exchange;
  const { intent } = exchange;
  const { index, time } = await chain.append("lost", { intent, reason: INTERRUPTED });
  return { ...exchange, outcome: { kind: "lost", time, line: index, reason: INTERRUPTED } };
}

function createTranscript(chain: ChainFile, { begun, found, notes }: Resumed): TranscriptFile {
  const open = new Set<number>();
  const settled = new Set(found.map(({ intent }) => intent));

  /** Record the end of an exchange; its place is taken at once, so that it cannot end twice. */
  async function settle(record: AnswerRecord | LostRecord, type: "answer" | "lost"): Promise<void> {
    const { intent } = record;
    if (!open.delete(intent)) throw unsettleable(intent, settled.has(intent));
    settled.add(intent);
    await chain.append(type, record);
  }

  return {
    begun,
    found,
    deferred: notes.flatMap(({ line, kind, body }) =>
      kind === DEFERRED_NOTE && isDeferral(body) ? [{ line, probes: body.probes }] : [],
    ),
    noted: (kind) => notes.flatMap((note) => (note.kind === kind ? [note.body] : [])),
    async intent({ method, url, headers, body, probes }) {
      const given: IntentRecord = {
        method,
        url: redactUrl(url),
        headers: redactHeaders(headers),
        ...bodyFields(body),
        probes: [...probes],
      };
      const record = isIntentRecord(given) ? given : valid(intentSchema, given);
      const index = chain.entries;
      const written = chain.append("intent", record);
      // Open from the moment it has its place, so that `finish` misses none that is still being written.
      if (chain.entries > index) open.add(index);
      await written;
      return index;
    },
    async answer(intent, { status, headers, body, address, certificate }) {
      const given: AnswerRecord = {
        intent,
        status,
        headers: redactHeaders(headers),
        ...bodyFields(body),
        address: address ?? null,
        certificate: certificate ?? null,
      };
      await settle(isAnswerRecord(given) ? given : valid(answerSchema, given), "answer");
    },
    async lost(intent, reason) {
      // Cutting can part a surrogate pair, which the second pass mends.
      await settle({ intent, reason: redactText(redactText(reason).slice(0, MAX_REASON)) }, "lost");
    },
    async defer(probes) {
      await chain.append("note", { kind: DEFERRED_NOTE, body: { probes: [...probes] } });
    },
    async note(kind, body) {
      await chain.append("note", { kind, body });
    },
    async finish() {
      await Promise.all([...open].map((intent) => settle({ intent, reason: INTERRUPTED }, "lost")));
      const seal = { entries: chain.entries, root: chain.root };
      await chain.close();
      return seal;
    },
    close: () => chain.close(),
  };
}

function bodyFields(body: Uint8Array): { body: string; sha256: string } {
  if (body.length > MAX_BODY_BYTES) {
    const message = `a body of ${body.length} bytes is larger than ${MAX_BODY_BYTES}`;
    throw new EvidenceError("TRANSCRIPT_BODY_TOO_LARGE", message, "Ask for fewer rows at once.");
  }
  const { buffer, byteOffset, length } = body;
  const text = Buffer.from(buffer, byteOffset, length).toString("base64");
  return { body: text, sha256: sha256Hex(body, nativeSha256) };
}

/** What is written must be readable later: refused here rather than found malformed in court. */
function valid<T>(schema: z.ZodType<T>, record: T): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const message = `an exchange has an unusable ${issue?.path.join(".") ?? "field"}`;
  throw new EvidenceError(
    "TRANSCRIPT_MALFORMED",
    message,
    "Record statuses, hashes and probe indices as documented.",
  );
}

function unsettleable(intent: number, known: boolean): EvidenceError {
  return known
    ? new EvidenceError(
        "TRANSCRIPT_SETTLED_TWICE",
        `exchange ${intent} has ended already`,
        "Record one end of each.",
      )
    : new EvidenceError(
        "TRANSCRIPT_UNKNOWN_INTENT",
        `no exchange ${intent} is open`,
        "Record the intent first.",
      );
}

function isDeferral(body: unknown): body is { readonly probes: readonly number[] } {
  if (typeof body !== "object" || body === null || !("probes" in body)) return false;
  return Array.isArray(body.probes) && body.probes.every((probe) => Number.isInteger(probe));
}
