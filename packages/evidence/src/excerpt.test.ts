import { utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import type { EvidenceErrorCode } from "./error.js";
import { makeExcerpt } from "./excerpt.js";
import type { ExcerptFile } from "./excerpt-format.js";
import { nativeSha256 } from "./hash-file.js";
import { excerptTexts } from "./published-file.js";
import { codeOf } from "./test-support/codes.js";
import { makeAnchoredSample } from "./test-support/sample-anchor.js";
import { longTranscript } from "./test-support/long-transcript.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { type ExcerptCheckName, isExcerpt, verifyExcerpt } from "./verify-excerpt.js";
import { readZip } from "./zip-read.js";
import { packEntry, writeZip } from "./zip-write.js";

const SAMPLE = makeSample({ format: 2, transcript: longTranscript });
const BUNDLE = readBundle(SAMPLE.bundle);
let texts: ReadonlyMap<string, Uint8Array>;
let excerpt: Uint8Array;
let files: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  texts = await excerptTexts();
  excerpt = makeExcerpt(BUNDLE, { exchanges: [2, 5, 6], texts }).bytes;
  files = new Map(readZip(excerpt).map(({ name, packed }) => [name, packed]));
});

type Failure = [ExcerptCheckName, EvidenceErrorCode | undefined];

/** First failure of the excerpt with some files changed, added or left out. */
function failure(changed: Readonly<Record<string, Uint8Array | null>>): Failure | undefined {
  const all = new Map(files);
  for (const [name, bytes] of Object.entries(changed)) {
    if (bytes === null) all.delete(name);
    else all.set(name, bytes);
  }
  const bytes = writeZip([...all].map(([name, content]) => packEntry(name, content, { stored: true })));
  const { checks } = verifyExcerpt(bytes, { sha256: nativeSha256 });
  return checks.flatMap(({ name, status, code }): Failure[] =>
    status === "failed" ? [[name, code]] : [],
  )[0];
}

const parsed = (): ExcerptFile =>
  parseCanonical(files.get("excerpt.json") ?? new Uint8Array(0)) as ExcerptFile;
const lines = (): string[] =>
  new TextDecoder().decode(files.get("observation/excerpt.jsonl")).split("\n").slice(0, -1);

describe("an excerpt", () => {
  it("verifies, and says what it discloses and what it withholds", () => {
    const report = verifyExcerpt(excerpt);
    expect(report.checks.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(report.verified).toBe(true);
    expect(report.disclosed).toEqual({ lines: 7, entries: 21 });
    expect(report.exchanges.map(({ intent, outcome }) => [intent, outcome.kind])).toEqual([
      [3, "lost"],
      [9, "answer"],
      [11, "lost"],
    ]);
    const told = report.checks.find(({ name }) => name === "lines")?.detail;
    expect(told).toContain("7 of 21 lines");
    expect(told).toContain("14 withheld (1-2, 5-8, 13-20)");
    expect(isExcerpt(excerpt)).toBe(true);
    expect(isExcerpt(SAMPLE.bundle)).toBe(false);
  });

  it("holds nothing of what is withheld", () => {
    const probes = lines().flatMap(
      (line) => (JSON.parse(line) as { body: { probes?: number[] } }).body.probes ?? [],
    );
    expect(probes).toEqual([1, 4, 5]);
    expect([...files.keys()]).not.toContain("observation/transcript.jsonl");
  });

  it("is the same for the same choice, however it is spelt", () => {
    expect(makeExcerpt(BUNDLE, { exchanges: [6, 5, 2, 5], texts, sha256: nativeSha256 }).bytes).toEqual(
      excerpt,
    );
  });

  it("of every exchange verifies too", () => {
    for (let exchange = 1; exchange <= 10; exchange++) {
      const { bytes } = makeExcerpt(BUNDLE, { exchanges: [exchange], texts });
      expect(verifyExcerpt(bytes, { sha256: nativeSha256 }).disclosed).toEqual({ lines: 3, entries: 21 });
    }
  });

  it("carries what dates the registration", async () => {
    const anchored = await makeAnchoredSample({ format: 2, transcript: longTranscript });
    const { bytes } = makeExcerpt(readBundle(anchored.bundle), { exchanges: [1], texts });
    const { verified, checks } = verifyExcerpt(bytes);
    expect(verified).toBe(true);
    expect(checks.find(({ name }) => name === "timestamps")?.detail).toContain('the registered root "CN=');
  });

  it("is refused where there is nothing to disclose, or nobody stated anything", () => {
    const made = (exchanges: number[], bundle = BUNDLE) =>
      codeOf(() => makeExcerpt(bundle, { exchanges, texts }));
    expect(made([])).toBe("EXCERPT_EMPTY");
    expect(made([0])).toBe("EXCERPT_RANGE");
    expect(made([11])).toBe("EXCERPT_RANGE");
    expect(made([1], readBundle(makeSample().bundle))).toBe("BUNDLE_FILE_MISSING");
  });
});

describe("a change of an excerpt", () => {
  it("of any byte is found", () => {
    const step = 13;
    for (let at = 0; at < excerpt.length; at += step) {
      const changed = Uint8Array.from(excerpt);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const { verified } = verifyExcerpt(changed, { sha256: nativeSha256 });
      expect([at, verified]).toEqual([at, false]);
    }
  });

  it("of any byte of a file that is packed again is found", () => {
    for (const [name, content] of files) {
      const step = Math.max(1, Math.floor(content.length / 12));
      for (let at = 0; at < content.length; at += step) {
        const changed = Uint8Array.from(content);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect([name, at, failure({ [name]: changed })]).toEqual([name, at, expect.any(Array)]);
      }
    }
  });

  it("has its own code", () => {
    const all = lines();
    const text = (kept: readonly string[]): Uint8Array =>
      utf8ToBytes(kept.map((line) => `${line}\n`).join(""));
    const proofs = parsed();
    const without = (index: number): Readonly<Record<string, Uint8Array>> => ({
      "observation/excerpt.jsonl": text(all.filter((_, i) => i !== index)),
      "excerpt.json": canonicalBytes({ ...proofs, lines: proofs.lines.filter((_, i) => i !== index) }),
    });
    const jsonl = "observation/excerpt.jsonl";
    const edited = (from: string | RegExp, to: string): Uint8Array => {
      const changed = text(all.map((line) => line.replace(from, to)));
      expect(changed).not.toEqual(files.get(jsonl));
      return changed;
    };
    const cases: [Readonly<Record<string, Uint8Array | null>>, Failure][] = [
      [{ [jsonl]: edited('"status":200', '"status":201') }, ["lines", "EXCERPT_UNPROVEN"]],
      [{ [jsonl]: edited('"reason":"timed out"', '"reason":"refused"') }, ["lines", "EXCERPT_UNPROVEN"]],
      [{ [jsonl]: edited('"index":9', '"index":8') }, ["lines", "EXCERPT_LINES"]],
      [{ [jsonl]: text([...all, ...all.slice(-1)]) }, ["lines", "EXCERPT_LINES"]],
      [{ [jsonl]: text(all.toReversed()) }, ["lines", "EXCERPT_LINES"]],
      [without(0), ["exchanges", "TRANSCRIPT_MALFORMED"]],
      [without(1), ["exchanges", "TRANSCRIPT_UNKNOWN_INTENT"]],
      [without(4), ["exchanges", "EXCERPT_INCOMPLETE"]],
      [
        { "excerpt.json": canonicalBytes({ ...proofs, transcript: { ...proofs.transcript, entries: 22 } }) },
        ["observation", "EXCERPT_ROOT"],
      ],
      [{ "excerpt.json": canonicalBytes({ ...proofs, extra: 1 }) }, ["archive", "EXCERPT_MALFORMED"]],
      [{ "excerpt.json": null }, ["archive", "EXCERPT_FILE_MISSING"]],
      [{ "conclusion.json": utf8ToBytes("{}") }, ["registration", "EXCERPT_FILE_UNKNOWN"]],
      [{ "EXCERPT.md": utf8ToBytes("Believe me.") }, ["instructions", "INSTRUCTIONS_UNKNOWN"]],
    ];
    for (const [change, expected] of cases)
      expect([Object.keys(change), failure(change)]).toEqual([Object.keys(change), expected]);
  });

  it("by putting together what belongs to different evidence is found", () => {
    const other = makeSample({
      format: 2,
      transcript: (commitment) => longTranscript(commitment).slice(0, 7),
    });
    const theirs = new Map(
      readZip(makeExcerpt(readBundle(other.bundle), { exchanges: [2], texts }).bytes).map(
        ({ name, packed }) => [name, packed],
      ),
    );
    const taken = (...names: string[]): Record<string, Uint8Array | null> =>
      Object.fromEntries(names.map((name) => [name, theirs.get(name) ?? null]));
    expect(failure(taken("observation/observation.json"))).toEqual(["statement", "EXCERPT_STATEMENT"]);
    expect(failure(taken("statement.sigstore.json"))).toEqual(["statement", "EXCERPT_STATEMENT"]);
    expect(failure(taken("observation/observation.json", "statement.sigstore.json"))).toEqual([
      "observation",
      "EXCERPT_ROOT",
    ]);
    expect(failure(taken("observation/excerpt.jsonl", "excerpt.json"))).toEqual([
      "observation",
      "EXCERPT_ROOT",
    ]);
  });
});
