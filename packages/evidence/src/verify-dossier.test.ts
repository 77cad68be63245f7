import { utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { DOSSIER_PATHS, makeDossier } from "./dossier.js";
import { signStatement } from "./envelope.js";
import type { EvidenceErrorCode } from "./error.js";
import { portableKeystream } from "@indicia/proof/keystream";
import { KEY_PATHS } from "./signer-keys.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { SAMPLE_P256_SEED, SAMPLE_SEED } from "./test-support/sample-facts.js";
import { type CheckName, verifyBundle } from "./verify.js";

const SAMPLE = makeSample({ format: 2 });
const { files: FILES } = readBundle(SAMPLE.bundle);

/** Failures of the sample with files changed and everything signed again. */
function failures(
  files: Readonly<Record<string, Uint8Array | null>>,
): [CheckName, EvidenceErrorCode | undefined][] {
  const { bundle, disclosure } = makeSample({
    format: 2,
    files: (all) => {
      for (const [name, bytes] of Object.entries(files)) {
        if (bytes === null) all.delete(name);
        else all.set(name, bytes);
      }
    },
  });
  return verifyBundle(bundle, { disclosure })
    .checks.filter(({ status }) => status === "failed")
    .map(({ name, code }) => [name, code]);
}

const text = (name: string): string => new TextDecoder().decode(FILES.get(name));
const edited = (name: string, from: string | RegExp, to: string): Record<string, Uint8Array> => {
  const changed = text(name).replace(from, to);
  expect(changed).not.toBe(text(name));
  return { [name]: utf8ToBytes(changed) };
};

describe("what a court reads", () => {
  it("passes where it says what the bundle says", () => {
    const report = verifyBundle(SAMPLE.bundle, { disclosure: SAMPLE.disclosure });
    const own = ["statement", "statistics", "custody", "report", "bill of materials", "instructions"];
    expect(report.checks.filter(({ name }) => own.includes(name)).map(({ status }) => status)).toEqual(
      own.map(() => "passed"),
    );
    expect(report.verified).toBe(true);
    expect(verifyBundle(SAMPLE.bundle).verified).toBe(true);
  });

  it("names verdict, claim, standing and every limit", () => {
    const html = text(DOSSIER_PATHS.html);
    for (const said of [
      "inconclusive",
      "exploratory",
      "does not reject independence",
      "p is not the probability of innocence",
    ])
      expect(html).toContain(said);
    expect(html).not.toMatch(
      /stolen|theft|(?<!probability of )innocence\b|<script|https?:\/\/(?!suspect\.example|www\.w3\.org\/2000\/svg)/,
    );
  });

  it("is the same each time", () => {
    expect(makeSample({ format: 2 }).bundle).toEqual(SAMPLE.bundle);
  });
});

describe("a change that is signed again", () => {
  it.each<[string, Record<string, Uint8Array | null>, CheckName, EvidenceErrorCode]>([
    [
      "the verdict of the report",
      edited("report.html", "Verdict: inconclusive", "Verdict: match"),
      "report",
      "REPORT_DIFFERS",
    ],
    [
      "a declaration that is ticked",
      edited("declaration.txt", "[  ] I had no access", "[x ] I had no access"),
      "report",
      "REPORT_DIFFERS",
    ],
    [
      "a time of custody",
      edited("custody.jsonl", /2025-03-01T12/, "2025-03-01T11"),
      "custody",
      "CHAIN_LINE_CHANGED",
    ],
    [
      "T in the statistics",
      edited("statistics.json", /"T":-?[\d.]+/, '"T":99.5'),
      "statistics",
      "STATISTICS_DIFFER",
    ],
    [
      "the decoys' counts",
      edited("statistics.json", /"counts":\[0,/, '"counts":[1,'),
      "statistics",
      "STATISTICS_DIFFER",
    ],
    [
      "a statement that was not signed",
      edited("statement.json", '"inconclusive"', '"match"'),
      "statement",
      "STATEMENT_DIFFERS",
    ],
    [
      "an envelope with another signature",
      edited("statement.sigstore.json", /"sig":"M/, '"sig":"N'),
      "statement",
      "ENVELOPE_SIGNATURE",
    ],
    [
      "another P-256 key",
      edited(KEY_PATHS.binding, /"signature":"./, '"signature":"0'),
      "statement",
      "KEYS_DIFFER",
    ],
    [
      "another PEM",
      edited(KEY_PATHS.p256, /[A-Za-z]=*\n-----END/, "A\n-----END"),
      "statement",
      "KEYS_DIFFER",
    ],
    [
      "a licence in the bill of materials",
      edited("mlbom.cdx.json", "unknown", "MIT"),
      "bill of materials",
      "BOM_DIFFERS",
    ],
    ["other instructions", edited("VERIFY.md", "sha256sum", "true"), "instructions", "INSTRUCTIONS_UNKNOWN"],
    ["another recomputation", edited("recompute.mjs", "1e-9", "1e9"), "instructions", "INSTRUCTIONS_UNKNOWN"],
    ["a file of nobody", { "note.txt": utf8ToBytes("trust me") }, "instructions", "BUNDLE_FILE_UNKNOWN"],
    ["no statement", { "statement.sigstore.json": null }, "statement", "ENVELOPE_MALFORMED"],
    ["no report", { "report.html": null }, "report", "REPORT_DIFFERS"],
  ])("of %s fails", (_, files, check, code) => {
    expect(failures(files)).toContainEqual([check, code]);
  });

  it("of the statement fails though it is signed by the right key", () => {
    const lie = utf8ToBytes(text("statement.json").replace('"inconclusive"', '"match"'));
    const files = { "statement.json": lie, "statement.sigstore.json": signStatement(lie, SAMPLE_P256_SEED) };
    expect(failures(files)).toEqual([["statement", "STATEMENT_DIFFERS"]]);
  });

  it("of all of it, by a signer who is not the registered one, fails", () => {
    const seed = new Uint8Array(32).fill(9);
    const { files } = makeDossier(FILES, {
      seeds: { ed25519: seed, p256: seed },
      bundled: new Date("2025-03-01T12:00:00.000Z"),
      keystream: portableKeystream,
    });
    expect(seed).not.toEqual(SAMPLE_SEED);
    expect(failures(Object.fromEntries(files))).toEqual([["statement", "KEYS_DIFFER"]]);
  });
});
