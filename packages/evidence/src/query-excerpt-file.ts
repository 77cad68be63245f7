import { readFile } from "node:fs/promises";
import path from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { EvidenceError } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { createProver, leafHash } from "./merkle.js";
import { type ExcerptSegment, MAX_EXCERPT_ENTRIES, type QueryExcerpt } from "./query-excerpt.js";
import { INDEX_FILE } from "./query-index-file.js";
import type { LogLine } from "./query-lines.js";
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
 * inclusion and, where it is sealed, the key of that line alone. Nothing is signed anew; the same log and choice give the
 * same excerpt.
 *
 * A log of version 1 is evidence as it is, in one file; only segments have roots to prove under.
 *
 * @throws EvidenceError QUERY_LOG_EXCERPT_EMPTY, QUERY_LOG_SEALED, EXCERPT_TOO_LARGE, and all of `walkQueryLog`
 */
export async function makeQueryExcerpt(
  folder: string,
  { keys, choose }: { readonly keys: LogKeys; readonly choose: Choose },
): Promise<QueryExcerpt> {
  const segments: ExcerptSegment[] = [];
  let disclosed = 0;
  const { index } = await walkQueryLog(folder, keys, async (read) => {
    const segment = await excerptOf(read, keys, choose);
    if (segment === null) return;
    disclosed += segment.lines.length;
    if (disclosed > MAX_EXCERPT_ENTRIES)
      throw new EvidenceError(
        "EXCERPT_TOO_LARGE",
        `more than ${MAX_EXCERPT_ENTRIES} entries were chosen`,
        "Choose fewer, or give the whole log.",
      );
    segments.push(segment);
  });
  if (segments.length === 0)
    throw new EvidenceError(
      "QUERY_LOG_EXCERPT_EMPTY",
      "no entry of the query log was chosen",
      "Choose among the entries whose segments are still there.",
    );
  const lines = (await readFile(path.join(folder, INDEX_FILE), "utf8")).split("\n").slice(0, index.lines);
  return {
    version: 1,
    kind: "indicia query log excerpt",
    registration: index.registration,
    index: lines,
    segments,
  };
}

/** Those answers of a segment that were chosen, and its first line; null where there is none. */
async function excerptOf(read: ReadSegment, keys: LogKeys, choose: Choose): Promise<ExcerptSegment | null> {
  const { segment, begin, lines, end } = read;
  if (begin === null) return null;
  const chosen = lines.filter(
    (line) => line.type === "answer" && choose(answerEntry(line), { segment, index: line.index }),
  );
  if (chosen.length === 0) return null;
  const key = begin.sealing === null ? null : await segmentKey(begin.sealing, keys);
  const prover = createProver(
    lines.map(({ bytes }) => leafHash(bytes, nativeSha256)),
    nativeSha256,
  );
  const disclose = (line: LogLine, isSealed: boolean): ExcerptSegment["lines"][number] => ({
    text: new TextDecoder().decode(line.bytes),
    proof: prover.proof(line.index).map((each) => bytesToHex(each)),
    key: key === null || !isSealed ? null : bytesToHex(recordKey(key, line.index)),
  });
  const first = lines.filter(({ index, type }) => index === 0 || type === "begin");
  return {
    segment,
    entries: end.entries,
    root: end.root,
    closed: read.closed !== null,
    lines: [...first.map((line) => disclose(line, false)), ...chosen.map((line) => disclose(line, true))],
  };
}
