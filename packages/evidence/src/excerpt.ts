import { bytesToHex } from "@noble/hashes/utils.js";
import { anchorFileNames } from "./anchor.js";
import type { Bundle } from "./bundle.js";
import { canonicalBytes, portableSha256, type Sha256 } from "./canonical.js";
import { type ChainLine, chainLines } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import { EXCERPT_PATHS, type ExcerptFile, MAX_EXCERPT_LINES } from "./excerpt-format.js";
import { createProver, leafHash } from "./merkle.js";
import { type Exchange, readTranscriptLines } from "./transcript.js";
import { openDocuments, PATHS, REGISTRATION_FOLDER } from "./verify-context.js";
import { packEntry, writeZip } from "./zip-write.js";

/** An excerpt, and which exchanges it discloses. */
export interface Excerpt {
  readonly bytes: Uint8Array;
  readonly exchanges: readonly Exchange[];
  /** Lines disclosed, and lines of the whole transcript. */
  readonly lines: number;
  readonly entries: number;
}

/**
 * Disclose some exchanges of a bundle and withhold the rest: their lines as they were recorded, each with its proof of
 * inclusion under the root of the sealed observation, and the signed statement that names the seal. Nothing needs a
 * key, and nothing is signed anew. The same bundle and choice give the same bytes.
 *
 * @param bundle one that verifies, of version 2 or later
 * @param exchanges their numbers, from 1, in the order in which they were asked
 * @param texts instructions to put beside, by name
 * @throws EvidenceError EXCERPT_EMPTY, EXCERPT_RANGE, EXCERPT_TOO_LARGE, TRANSCRIPT_MISSING, BUNDLE_FILE_MISSING
 *   (version 1 has no statement), and all of `readTranscript`
 */
export function makeExcerpt(
  bundle: Bundle,
  options: {
    readonly exchanges: readonly number[];
    readonly texts: ReadonlyMap<string, Uint8Array>;
    readonly sha256?: Sha256;
  },
): Excerpt {
  const { sha256 = portableSha256, texts } = options;
  const recorded = bundle.files.get(PATHS.transcript);
  if (recorded === undefined)
    throw altered("TRANSCRIPT_MISSING", "no endpoint was asked, so nothing is recorded");
  const lines = [...chainLines(recorded, { kind: "transcript", sha256 })];
  const transcript = readTranscriptLines(lines, sha256);
  const chosen = chosenExchanges(transcript?.exchanges ?? [], options.exchanges);
  const disclosed = disclosedLines(lines, chosen);
  const prover = createProver(
    lines.map(({ bytes }) => leafHash(bytes, sha256)),
    sha256,
  );
  const excerpt: ExcerptFile = {
    version: 1,
    kind: "indicia excerpt",
    transcript: { entries: lines.length, root: bytesToHex(prover.root) },
    lines: disclosed.map(({ index }) => ({
      index,
      proof: prover.proof(index).map((each) => bytesToHex(each)),
    })),
  };
  const files = new Map([
    ...carried(bundle.files, sha256),
    ...texts,
    [EXCERPT_PATHS.excerpt, canonicalBytes(excerpt)] as const,
    [EXCERPT_PATHS.lines, joined(disclosed)] as const,
  ]);
  return {
    // Stored, so that every byte is compared: no manifest says how anything was packed.
    bytes: writeZip([...files].map(([name, content]) => packEntry(name, content, { stored: true }))),
    exchanges: chosen,
    lines: disclosed.length,
    entries: lines.length,
  };
}

function chosenExchanges(all: readonly Exchange[], numbers: readonly number[]): Exchange[] {
  if (numbers.length === 0)
    throw new EvidenceError("EXCERPT_EMPTY", "no exchange was chosen", "Name one at least.");
  return [...new Set(numbers)]
    .sort((a, b) => a - b)
    .map((number) => {
      const exchange = all[number - 1];
      if (exchange !== undefined) return exchange;
      const message = `there is no exchange ${number}`;
      throw new EvidenceError("EXCERPT_RANGE", message, `They are numbered from 1 to ${all.length}.`);
    });
}

/** First the line that says whose transcript it is; then of each exchange what was asked and how it ended. */
function disclosedLines(lines: readonly ChainLine[], chosen: readonly Exchange[]): ChainLine[] {
  const begin = lines.findIndex(({ type }) => type === "begin");
  const wanted = new Set([begin]);
  for (const { intent, outcome } of chosen) {
    wanted.add(intent);
    if (outcome.kind !== "open") wanted.add(outcome.line);
  }
  if (wanted.size > MAX_EXCERPT_LINES) {
    const message = `${wanted.size} lines are more than an excerpt of ${MAX_EXCERPT_LINES} holds`;
    throw new EvidenceError("EXCERPT_TOO_LARGE", message, "Choose fewer, or give the whole bundle.");
  }
  return lines.filter(({ index }) => wanted.has(index));
}

/** Files of the bundle that an excerpt has as they are. */
function* carried(
  files: ReadonlyMap<string, Uint8Array>,
  sha256: Sha256,
): Generator<readonly [string, Uint8Array]> {
  const { anchor } = openDocuments((path) => files.get(path) ?? null, sha256).registration().file;
  const { excerpt: _own, lines: _too, ...paths } = EXCERPT_PATHS;
  const demanded = anchorFileNames(anchor).map((name) => REGISTRATION_FOLDER + name);
  for (const path of [...Object.values(paths), ...demanded]) {
    const bytes = files.get(path);
    if (bytes === undefined) throw altered("BUNDLE_FILE_MISSING", `the bundle has no "${path}"`);
    yield [path, bytes];
  }
}

function joined(lines: readonly ChainLine[]): Uint8Array {
  const all = new Uint8Array(lines.reduce((sum, { bytes }) => sum + bytes.length + 1, 0));
  let at = 0;
  for (const { bytes } of lines) {
    all.set(bytes, at);
    at += bytes.length;
    all[at] = 0x0a;
    at += 1;
  }
  return all;
}
