import { concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { canonicalBytes, parseCanonical, portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { chainLines, readChainLine } from "./chain.js";
import { altered } from "./error.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { readQueryIndex } from "./query-index.js";
import { entryOf } from "./query-lines.js";
import { type AnswerEntry, answerEntry, segmentBegin } from "./query-segment.js";

/** Most lines of an excerpt; whoever discloses more gives the log. */
export const MAX_EXCERPT_ENTRIES = 100_000;
/** Longest audit path of a tree of 2^53 leaves. */
const MAX_PROOF = 53;

/** Some entries of a query log, each with its proof of inclusion under the root of its segment. */
export interface QueryExcerpt {
  readonly version: 1;
  readonly kind: "indicia query log excerpt";
  /** Commitment of the registration, hex, or null. */
  readonly registration: string | null;
  /** Lines of the index, which has the root of every closed segment, text by text. */
  readonly index: string[];
  readonly segments: ExcerptSegment[];
}

export interface ExcerptSegment {
  readonly segment: number;
  /** Lines, as the index has them; of a segment that is still open those that there were when the excerpt was made. */
  readonly entries: number;
  /** Merkle tree hash over its lines, hex. */
  readonly root: string;
  readonly closed: boolean;
  readonly lines: {
    /** The line as it was written. */
    readonly text: string;
    /** Audit path from the leaf upwards (RFC 9162, section 2.1.3.1), hex. */
    readonly proof: string[];
    /**
     * What a sealed line says, as canonical JSON, and the key of this line alone, hex; null where it is not sealed. The line
     * commits to both, so nothing has to be decrypted.
     */
    readonly opened: { readonly entry: string; readonly key: string } | null;
  }[];
}

/** What a disclosed line says, and where it stands. */
export interface DisclosedEntry {
  readonly segment: number;
  readonly index: number;
  readonly time: string;
  readonly entry: AnswerEntry;
}

/** A segment that was still written to, as far as it went. */
export interface OpenSegment {
  readonly segment: number;
  readonly entries: number;
  /** Merkle tree hash over its lines, hex. */
  readonly root: string;
}

/** What an excerpt shows, once it holds. */
export interface CheckedExcerpt {
  readonly registration: string | null;
  /** Hash of the last line of the index, hex: what to hold against a timestamp. */
  readonly indexHead: string;
  readonly entries: readonly DisclosedEntry[];
  /** Segments of these entries whose root the index does not have yet, as the excerpt has them. */
  readonly open: readonly OpenSegment[];
}

const hash: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const schema: z.ZodType<QueryExcerpt> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia query log excerpt"),
  registration: hash.nullable(),
  index: z.array(z.string()).min(1),
  segments: z
    .array(
      z.strictObject({
        segment: z.int().min(1),
        entries: z.int().min(1),
        root: hash,
        closed: z.boolean(),
        lines: z
          .array(
            z.strictObject({
              text: z.string(),
              proof: z.array(hash).max(MAX_PROOF),
              opened: z.strictObject({ entry: z.string(), key: hash }).nullable(),
            }),
          )
          .min(1)
          .max(MAX_EXCERPT_ENTRIES),
      }),
    )
    .min(1),
});

/** An excerpt as bytes. */
export function excerptBytes(excerpt: QueryExcerpt): Uint8Array {
  return canonicalBytes(excerpt);
}

/**
 * Check an excerpt with nothing but itself: the index is a chain, every segment is as the index closed it, and every line
 * stands at its place in its segment.
 *
 * @throws EvidenceError QUERY_LOG_EXCERPT_MALFORMED, QUERY_LOG_EXCERPT_UNPROVEN, and those of the index and the lines
 */
export function checkQueryExcerpt(bytes: Uint8Array, sha256: Sha256 = portableSha256): CheckedExcerpt {
  const parsed = schema.safeParse(parseCanonical(bytes));
  if (!parsed.success)
    throw altered("QUERY_LOG_EXCERPT_MALFORMED", "the excerpt of the query log is not of the form of one");
  const { registration, index: texts, segments } = parsed.data;
  const chain = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
  const index = readQueryIndex(chainLines(chain, { kind: "query-index", sha256 }), sha256);
  if (index.registration !== registration)
    throw altered(
      "QUERY_LOG_EXCERPT_UNPROVEN",
      "the excerpt names another registration than the index of the log",
    );
  const entries: DisclosedEntry[] = [];
  for (const { segment, entries: size, root, closed, lines } of segments) {
    const noted = index.segments.find((each) => each.segment === segment);
    const same = noted?.root === root && noted.entries === size;
    if (closed ? !same : noted !== undefined)
      throw altered("QUERY_LOG_EXCERPT_UNPROVEN", `segment ${segment} is not as the index of the log has it`);
    let begun = false;
    for (const { text, proof, opened } of lines) {
      const where = `a line of segment ${segment}`;
      const line = readChainLine(new TextEncoder().encode(text), { where, sha256 });
      const proven = verifyInclusion(
        {
          leaf: leafHash(line.bytes, sha256),
          index: line.index,
          size,
          proof: proof.map((each) => hexToBytes(each)),
          root: hexToBytes(root),
        },
        sha256,
      );
      if (!proven)
        throw altered("QUERY_LOG_EXCERPT_UNPROVEN", `line ${line.index} of segment ${segment} is not proved`);
      const entry = entryOf(line, {
        sha256,
        unseal: opened === null ? null : (_, { commit }) => committed(opened, commit, sha256),
      });
      if (line.type === "begin") begun = isBegin({ ...line, entry }, segment, registration);
      if (line.type === "answer")
        entries.push({
          segment,
          index: line.index,
          time: line.time,
          entry: answerEntry({ index: line.index, entry }),
        });
    }
    if (!begun) throw altered("QUERY_LOG_EXCERPT_UNPROVEN", `what segment ${segment} begins with is missing`);
  }
  return {
    registration,
    indexHead: index.head,
    entries,
    open: segments
      .filter(({ closed }) => !closed)
      .map(({ segment, entries: size, root }) => ({ segment, entries: size, root })),
  };
}

/** What a line commits to. @throws EvidenceError QUERY_LOG_LINE_CHANGED */
function committed(
  { entry, key }: { readonly entry: string; readonly key: string },
  commit: string,
  sha256: Sha256,
): unknown {
  const text = utf8ToBytes(entry);
  if (sha256Hex(concatBytes(hexToBytes(key), text), sha256) === commit) return parseCanonical(text);
  throw altered("QUERY_LOG_LINE_CHANGED", "a line of the excerpt does not say what it commits to");
}

/** Whether a begin is that of this segment; roots are under one registration only. */
function isBegin(
  line: Parameters<typeof segmentBegin>[0],
  segment: number,
  registration: string | null,
): boolean {
  const begin = segmentBegin(line);
  return begin.segment === segment && begin.registration === registration;
}
