import { z } from "zod";
import { hex32 } from "./scalars.js";

/** Longest reason for which an exchange was lost. */
export const MAX_REASON = 1000;

/** First line: what the transcript is about. */
export interface BeginRecord {
  readonly version: 1;
  readonly kind: "indicia transcript";
  readonly registration: string | null;
  readonly target: string;
}

/** What is about to be sent. */
export interface IntentRecord {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** Base64. */
  readonly body: string;
  readonly sha256: string;
  readonly probes: number[];
}

/** What came back. */
export interface AnswerRecord {
  readonly intent: number;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly sha256: string;
  readonly address: string | null;
  readonly certificate: string | null;
}

/** Nothing usable came back. */
export interface LostRecord {
  readonly intent: number;
  readonly reason: string;
}

export interface NoteRecord {
  readonly kind: string;
  readonly body: unknown;
}

const headers: z.ZodType<Record<string, string>> = z.record(z.string(), z.string());
const index: z.ZodType<number> = z.int().min(0);

export const beginSchema: z.ZodType<BeginRecord> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia transcript"),
  registration: hex32.nullable(),
  target: z.string(),
});

export const intentSchema: z.ZodType<IntentRecord> = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers,
  body: z.string(),
  sha256: hex32,
  probes: z.array(index),
});

export const answerSchema: z.ZodType<AnswerRecord> = z.strictObject({
  intent: index,
  status: z.int().min(0).max(999),
  headers,
  body: z.string(),
  sha256: hex32,
  address: z.string().nullable(),
  certificate: hex32.nullable(),
});

export const lostSchema: z.ZodType<LostRecord> = z.strictObject({
  intent: index,
  reason: z.string().max(MAX_REASON),
});

export const noteSchema: z.ZodType<NoteRecord> = z.strictObject({ kind: z.string(), body: z.unknown() });
