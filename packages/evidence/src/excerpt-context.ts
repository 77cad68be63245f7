import type { Sha256 } from "./canonical.js";
import { type ChainLine, readChainLine } from "./chain.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { EXCERPT_PATHS, type ExcerptFile, excerptSchema } from "./excerpt-format.js";
import { readTranscriptLines, type Transcript } from "./transcript.js";
import { type Documents, once, openDocuments } from "./verify-context.js";
import type { ReadCertificate } from "./x509-certificate.js";
import { STORED } from "./zip-frame.js";
import { readZip, unpackEntry } from "./zip-read.js";

/** A line of an excerpt with what it says of the line before it. */
export type DisclosedLine = ChainLine & { readonly prev: string };

/** What the steps of the verification of an excerpt share. Each part is read when it is first asked for. */
export interface ExcerptContext extends Documents {
  readonly timestampRoots: readonly ReadCertificate[];
  /** @throws EvidenceError all of `readZip`, EXCERPT_MALFORMED where an entry is deflated */
  files(): ReadonlyMap<string, Uint8Array>;
  /** @throws EvidenceError EXCERPT_FILE_MISSING, EXCERPT_MALFORMED */
  excerpt(): ExcerptFile;
  /** @throws EvidenceError EXCERPT_FILE_MISSING, EXCERPT_LINES, CHAIN_LINE_MALFORMED */
  lines(): readonly DisclosedLine[];
  /**
   * What the lines say, which is part of a transcript: its root and its entries are not the sealed ones.
   *
   * @throws EvidenceError those of records, and EXCERPT_INCOMPLETE
   */
  disclosed(): Pick<Transcript, "subject" | "exchanges">;
}

export function createExcerptContext(
  bytes: Uint8Array,
  { sha256, timestampRoots }: { sha256: Sha256; timestampRoots: readonly ReadCertificate[] },
): ExcerptContext {
  const files = once(() => storedFiles(bytes));
  const documents = openDocuments((path) => files().get(path) ?? null, sha256);
  const lines = once(() => linesOf(requireFile(documents, EXCERPT_PATHS.lines), sha256));
  return {
    ...documents,
    timestampRoots,
    files,
    excerpt: once(() =>
      readDocument(requireFile(documents, EXCERPT_PATHS.excerpt), {
        name: EXCERPT_PATHS.excerpt,
        schema: excerptSchema,
        code: "EXCERPT_MALFORMED",
      }),
    ),
    lines,
    disclosed: once(() => {
      const transcript = readTranscriptLines(lines(), sha256);
      if (transcript === null) throw altered("EXCERPT_INCOMPLETE", "no line says whose transcript it is");
      const open = transcript.exchanges.find(({ outcome }) => outcome.kind === "open");
      if (open !== undefined)
        throw altered("EXCERPT_INCOMPLETE", `how the exchange of line ${open.intent} ended is withheld`);
      return transcript;
    }),
  };
}

/** @throws EvidenceError EXCERPT_FILE_MISSING */
export function requireFile({ find }: Pick<Documents, "find">, path: string): Uint8Array {
  const found = find(path);
  if (found === null) throw altered("EXCERPT_FILE_MISSING", `the excerpt has no "${path}"`);
  return found;
}

function storedFiles(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map(
    readZip(bytes).map((entry) => {
      if (entry.method !== STORED) throw altered("EXCERPT_MALFORMED", `"${entry.name}" is deflated`);
      return [entry.name, unpackEntry(entry)];
    }),
  );
}

function linesOf(bytes: Uint8Array, sha256: Sha256): DisclosedLine[] {
  const lines: DisclosedLine[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(0x0a, from);
    if (to < 0) throw altered("EXCERPT_LINES", "the last line of the excerpt does not end");
    const where = `line ${lines.length} of the excerpt`;
    lines.push(readChainLine(bytes.subarray(from, to), { where, sha256 }));
    from = to + 1;
  }
  return lines;
}
