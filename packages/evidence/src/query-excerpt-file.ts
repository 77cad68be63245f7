import { readFile } from "node:fs/promises";
import path from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { canonicalText } from "./canonical.js";
import { chainLines } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { createProver, leafHash } from "./merkle.js";
import { type ExcerptSegment, MAX_EXCERPT_ENTRIES, type QueryExcerpt } from "./query-excerpt.js";
import { INDEX_FILE } from "./query-index-file.js";
import { readQueryIndex } from "./query-index.js";
import { type LogLine, openEntry } from "./query-lines.js";
import type { LogRoots } from "./query-log.js";
import { type ReadSegment, walkQueryLog } from "./query-log-read-file.js";
import { type LogKeys, recordKey, segmentKey } from "./query-seal-file.js";
import { type AnswerEntry, answerEntry } from "./query-segment.js";

/** Which answers are to be disclosed. */
export type Choose = (
  entry: AnswerEntry,
  place: { readonly segment: number; readonly index: number },
) => boolean;

/**
 * Disclose some answers of a query log and withhold the rest: their lines as they were written, each with its proof of
 * inclusion and, where it is sealed, what it says and the key of that line alone. Nothing is signed anew; the same log and
 * choice give the same excerpt.
 *
 * A log of version 1 is evidence as it is, in one file; only segments have roots to prove under.
 *
 * @param given.asOf how far the log went when it was read before; default as far as it goes now
 * @returns null where nothing was chosen
 * @throws EvidenceError QUERY_LOG_SEALED, EXCERPT_TOO_LARGE, and all of `walkQueryLog`
 */
export async function makeQueryExcerpt(
  folder: string,
  given: { readonly keys: LogKeys; readonly choose: Choose; readonly asOf?: LogRoots },
): Promise<QueryExcerpt | null> {
  const index = await indexAsOf(folder, given.asOf?.index ?? null);
  const segments: ExcerptSegment[] = [];
  let disclosed = 0;
  await walkQueryLog(folder, given.keys, async (read) => {
    const size = sizeAsOf(read, index.closed, given.asOf?.open ?? null);
    const segment = size === 0 ? null : await excerptOf(read, { ...given, size });
    if (segment === null) return;
    disclosed += segment.lines.length;
    if (disclosed > MAX_EXCERPT_ENTRIES)
      throw new EvidenceError(
        "EXCERPT_TOO_LARGE",
        `more than ${MAX_EXCERPT_ENTRIES} entries were chosen`,
        "Choose fewer, or give the whole log.",
      );
    segments.push({ ...segment, closed: index.closed.has(read.segment) });
  });
  if (segments.length === 0) return null;
  const { registration, texts } = index;
  return { version: 1, kind: "indicia query log excerpt", registration, index: texts, segments };
}

interface IndexAsOf {
  readonly registration: string | null;
  readonly texts: string[];
  readonly closed: ReadonlySet<number>;
}

/** The index up to the line with a hash. @throws EvidenceError QUERY_LOG_SEGMENT_DIFFERS where it has none */
async function indexAsOf(folder: string, head: string | null): Promise<IndexAsOf> {
  const bytes = await readFile(path.join(folder, INDEX_FILE));
  const all = [...chainLines(bytes, { kind: "query-index", sha256: nativeSha256 })];
  const end = head === null ? all.length : all.findIndex(({ hash }) => hash === head) + 1;
  if (end === 0)
    throw altered("QUERY_LOG_SEGMENT_DIFFERS", "the query log is not the one that was read before");
  const lines = all.slice(0, end);
  const { registration, segments } = readQueryIndex(lines, nativeSha256);
  return {
    registration,
    texts: lines.map((line) => new TextDecoder().decode(line.bytes)),
    closed: new Set(segments.map(({ segment }) => segment)),
  };
}

/** Lines that a segment had; 0 where it was begun later. */
function sizeAsOf(
  { segment, lines }: ReadSegment,
  closed: ReadonlySet<number>,
  open: LogRoots["open"],
): number {
  if (closed.has(segment) || open === null) return lines.length;
  return segment === open.segment ? open.entries : 0;
}

/** Those answers of a segment that were chosen, and what it begins with; null where there is none. */
async function excerptOf(
  { segment, begin, lines: all }: ReadSegment,
  { keys, choose, size }: { readonly keys: LogKeys; readonly choose: Choose; readonly size: number },
): Promise<Omit<ExcerptSegment, "closed"> | null> {
  if (begin === null) return null;
  const lines = all.slice(0, size);
  const chosen = lines.filter(
    (line) => line.type === "answer" && choose(answerEntry(line), { segment, index: line.index }),
  );
  if (chosen.length === 0) return null;
  const key = begin.sealing === null ? null : await segmentKey(begin.sealing, keys);
  const prover = createProver(
    lines.map(({ bytes }) => leafHash(bytes, nativeSha256)),
    nativeSha256,
  );
  const disclose = (line: LogLine, sealedBy: Uint8Array | null): ExcerptSegment["lines"][number] => ({
    text: new TextDecoder().decode(line.bytes),
    proof: prover.proof(line.index).map((each) => bytesToHex(each)),
    opened:
      sealedBy === null
        ? null
        : { entry: canonicalText(openEntry(line)), key: bytesToHex(recordKey(sealedBy, line.index)) },
  });
  const first = lines.filter(({ type }) => type === "begin");
  return {
    segment,
    entries: size,
    root: bytesToHex(prover.root),
    lines: [...first.map((line) => disclose(line, null)), ...chosen.map((line) => disclose(line, key))],
  };
}
