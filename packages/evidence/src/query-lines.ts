import { z } from "zod";
import { canonicalText, type Sha256, sha256Hex } from "./canonical.js";
import { type ChainFields, type ChainKind, type ChainLine, chainStart, placeText } from "./chain.js";
import { altered, EvidenceError } from "./error.js";

/** Hex digits of a line's own check: 128 bits, so that no two lines share one by chance. */
const CHECK_DIGITS = 32;

/** An entry that is encrypted where it lies. */
export interface SealedEntry {
  /** SHA-256 over the record's key and what is sealed, hex: no other key opens it to something else unnoticed. */
  readonly commit: string;
  /** Nonce, ciphertext and tag, in base64. */
  readonly sealed: string;
}

/** Encrypts what a line says, for its place. */
export type SealLine = (line: ChainFields) => SealedEntry;
/** Reads what was sealed at a place. @throws EvidenceError QUERY_LOG_UNSEALABLE */
export type UnsealLine = (line: ChainFields, sealed: SealedEntry) => unknown;

/** A line of a query log with what it says. */
export interface LogLine extends ChainLine {
  readonly prev: string;
  /** What was said; null where it is sealed and no key was given. */
  readonly entry: { readonly value: unknown } | null;
}

const bodySchema: z.ZodType<{ check: string; entry: unknown }> = z.strictObject({
  check: z.string().regex(/^[0-9a-f]{32}$/),
  entry: z.unknown(),
});
const sealedSchema: z.ZodType<{ commit: string; sealed: string }> = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{64}$/),
  sealed: z.string(),
});

/**
 * A check over all of a line, so that a changed byte is found in the last line too, for which no line after it vouches.
 *
 * @param entry canonical JSON
 */
function checkOf(line: ChainFields, entry: string, sha256: Sha256): string {
  const bytes = new TextEncoder().encode(`{"entry":${entry},${placeText(line)}}`);
  return sha256Hex(bytes, sha256).slice(0, CHECK_DIGITS);
}

/** Types of lines that are encrypted where a log is: what was asked and answered. How it is kept stays readable. */
const SEALED_TYPES: ReadonlySet<string> = new Set(["answer", "batch"]);

/**
 * The body of a line as it is written: sealed where there is a key and the line holds queries, and checked.
 *
 * @returns the body and its canonical JSON: the entry is spelled once for both check and line
 */
export function enclosedBody(
  line: ChainFields,
  { seal, sha256 }: { readonly seal: SealLine | null; readonly sha256: Sha256 },
): { readonly body: { readonly check: string; readonly entry: unknown }; readonly text: string } {
  const sealed = seal === null || !SEALED_TYPES.has(line.type) ? null : seal(line);
  const entry = sealed ?? line.body;
  const spelled =
    sealed === null ? canonicalText(entry) : `{"commit":"${sealed.commit}","sealed":"${sealed.sealed}"}`;
  const check = checkOf(line, spelled, sha256);
  return { body: { check, entry }, text: `{"check":"${check}","entry":${spelled}}` };
}

/**
 * What a line says.
 *
 * @param unseal null where the key is not at hand
 * @returns null where it is sealed and cannot be opened here
 * @throws EvidenceError QUERY_LOG_LINE_CHANGED, QUERY_LOG_MALFORMED, QUERY_LOG_UNSEALABLE
 */
export function entryOf(
  line: ChainFields,
  { unseal, sha256 }: { readonly unseal: UnsealLine | null; readonly sha256: Sha256 },
): { readonly value: unknown } | null {
  const body = bodySchema.safeParse(line.body);
  if (!body.success)
    throw altered("QUERY_LOG_MALFORMED", `line ${line.index} of the query log has no checked body`);
  const { check, entry } = body.data;
  if (checkOf(line, canonicalText(entry), sha256) !== check)
    throw altered("QUERY_LOG_LINE_CHANGED", `line ${line.index} of the query log was changed`);
  const sealed = sealedSchema.safeParse(entry);
  if (!sealed.success) return { value: entry };
  if (unseal === null) return null;
  return { value: unseal(line, sealed.data) };
}

/** As `entryOf`, for what has to be readable. @throws EvidenceError QUERY_LOG_SEALED */
export function openEntry(line: Pick<LogLine, "index" | "entry">): unknown {
  if (line.entry !== null) return line.entry.value;
  throw new EvidenceError(
    "QUERY_LOG_SEALED",
    `line ${line.index} of the query log is encrypted`,
    "Give the key under which the log was written, or an age identity among its recipients.",
  );
}

/**
 * Lines of a chain with what they say, each checked by itself.
 *
 * @param lines a whole chain, from its first line
 * @param options.unsealer may become known while the lines are read: the first says which key it is
 * @throws EvidenceError those of `entryOf`, and of `chainLines` where the lines come from there
 */
export function* checkedLines(
  lines: Iterable<ChainLine>,
  options: { readonly kind: ChainKind; readonly unsealer: () => UnsealLine | null; readonly sha256: Sha256 },
): Generator<LogLine, void, void> {
  const { kind, sha256 } = options;
  let prev = chainStart(kind);
  for (const line of lines) {
    yield { ...line, prev, entry: entryOf({ ...line, prev }, { unseal: options.unsealer(), sha256 }) };
    prev = line.hash;
  }
}
