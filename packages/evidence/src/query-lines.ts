import { z } from "zod";
import { fromBase64, toBase64 } from "./base64.js";
import { canonicalBytes, type Sha256, sha256Hex } from "./canonical.js";
import { type ChainFields, type ChainKind, type ChainLine, chainStart } from "./chain.js";
import { altered, EvidenceError } from "./error.js";

/** Hex digits of a line's own check: 128 bits, so that no two lines share one by chance. */
const CHECK_DIGITS = 32;

/** An entry that is encrypted where it lies. */
export interface SealedEntry {
  /** SHA-256 over the record's key and what is sealed, hex: no other key opens it to something else unnoticed. */
  readonly commit: string;
  /** Nonce, ciphertext and tag. */
  readonly sealed: Uint8Array;
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
 * The body of a line: what it says, and a check over all of the line, so that a changed byte is found in the last line
 * too, for which no line after it vouches.
 *
 * @param entry plain JSON
 */
function checkedBody(
  line: ChainFields,
  entry: unknown,
  sha256: Sha256,
): { check: string; entry: unknown } {
  const { index, prev, time, type } = line;
  const digest = sha256Hex(canonicalBytes({ entry, index, prev, time, type }), sha256);
  return { check: digest.slice(0, CHECK_DIGITS), entry };
}

/** Types of lines that are encrypted where a log is: what was asked and answered. How it is kept stays readable. */
const SEALED_TYPES: ReadonlySet<string> = new Set(["answer", "batch"]);

/** The body of a line as it is written: sealed where there is a key and the line holds queries, and checked. */
export function enclosedBody(
  line: ChainFields,
  { seal, sha256 }: { readonly seal: SealLine | null; readonly sha256: Sha256 },
): { check: string; entry: unknown } {
  if (seal === null || !SEALED_TYPES.has(line.type)) return checkedBody(line, line.body, sha256);
  const { commit, sealed } = seal(line);
  return checkedBody(line, { commit, sealed: toBase64(sealed) }, sha256);
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
  if (checkedBody(line, entry, sha256).check !== check)
    throw altered("QUERY_LOG_LINE_CHANGED", `line ${line.index} of the query log was changed`);
  const sealed = sealedSchema.safeParse(entry);
  if (!sealed.success) return { value: entry };
  if (unseal === null) return null;
  const { commit } = sealed.data;
  return { value: unseal(line, { commit, sealed: fromBase64(sealed.data.sealed) }) };
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
