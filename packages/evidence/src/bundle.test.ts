import { utf8ToBytes } from "@noble/hashes/utils.js";
import { deflateSync } from "fflate";
import { describe, expect, it } from "vitest";
import { checkBundleSignature, makeBundle, readBundle } from "./bundle.js";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import type { EvidenceErrorCode } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { codeOf } from "./test-support/codes.js";
import { SAMPLE_SEED } from "./test-support/sample-facts.js";
import { DEFLATED, type ZipEntry } from "./zip-frame.js";
import { readZip } from "./zip-read.js";
import { packEntry, writeZip } from "./zip-write.js";

const FILES = new Map([
  ["conclusion.json", utf8ToBytes('{"says":"something"}')],
  ["observation/text.txt", utf8ToBytes("a text that repeats itself, ".repeat(20))],
  ["observation/empty", new Uint8Array(0)],
]);
const BUNDLE = makeBundle(FILES, SAMPLE_SEED);

const check = (bytes: Uint8Array): void => checkBundleSignature(readBundle(bytes));
/** The bundle with its entries replaced, the archive itself in order. */
const rebuilt = (change: (entries: Map<string, ZipEntry>) => void): Uint8Array => {
  const entries = new Map(readZip(BUNDLE).map((entry) => [entry.name, entry]));
  change(entries);
  return writeZip([...entries.values()]);
};
const edited = (name: string, change: object): Uint8Array =>
  rebuilt((entries) => {
    const file = canonicalBytes({
      ...Object(parseCanonical(entries.get(name)?.packed ?? new Uint8Array(0))),
      ...change,
    });
    entries.set(name, packEntry(name, file, { stored: true }));
  });
const manifestFiles = (): Record<string, unknown> => ({ ...readBundle(BUNDLE).manifest.files });

describe("bundle", () => {
  it("gives back its files, by either SHA-256", () => {
    const { files, manifest } = readBundle(BUNDLE);
    expect(files).toEqual(new Map([...FILES].sort(([a], [b]) => (a < b ? -1 : 1))));
    expect(Object.keys(manifest.files)).toEqual([...files.keys()]);
    expect(readBundle(BUNDLE, { sha256: nativeSha256 }).files).toEqual(files);
    expect(codeOf(() => check(BUNDLE))).toBe("none");
  });

  it("is the same each time, whatever the order of the files and the hash", () => {
    expect(makeBundle(new Map([...FILES].reverse()), SAMPLE_SEED)).toEqual(BUNDLE);
    expect(makeBundle(FILES, SAMPLE_SEED, nativeSha256)).toEqual(BUNDLE);
  });

  it("fails for every single changed byte", () => {
    const accepted: string[] = [];
    for (let at = 0; at < BUNDLE.length; at += 1) {
      for (const mask of [0x01, 0x20, 0xff]) {
        const bytes = BUNDLE.slice();
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const code = codeOf(() => check(bytes));
        if (code === "none" || code === "other") accepted.push(`${at}: ${code}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  const alterations: readonly [string, () => Uint8Array, EvidenceErrorCode][] = [
    [
      "a changed file",
      () =>
        rebuilt((entries) =>
          entries.set("conclusion.json", packEntry("conclusion.json", utf8ToBytes('{"says":"nothing"}'))),
        ),
      "BUNDLE_FILE_CHANGED",
    ],
    [
      "a file packed again otherwise",
      () =>
        rebuilt((entries) => {
          const entry = entries.get("observation/text.txt");
          const packed = deflateSync(FILES.get("observation/text.txt") ?? new Uint8Array(0), { level: 0 });
          if (entry !== undefined) entries.set(entry.name, { ...entry, packed });
        }),
      "BUNDLE_FILE_CHANGED",
    ],
    ["a missing file", () => rebuilt((entries) => entries.delete("conclusion.json")), "BUNDLE_FILE_MISSING"],
    [
      "a missing manifest",
      () => rebuilt((entries) => entries.delete("manifest.json")),
      "BUNDLE_FILE_MISSING",
    ],
    [
      "a missing signature",
      () => rebuilt((entries) => entries.delete("signature.json")),
      "BUNDLE_FILE_MISSING",
    ],
    [
      "a file that is not listed",
      () => rebuilt((entries) => entries.set("extra", packEntry("extra", utf8ToBytes("hidden")))),
      "BUNDLE_FILE_UNLISTED",
    ],
    ["a manifest of another kind", () => edited("manifest.json", { kind: "something" }), "BUNDLE_MANIFEST"],
    ["a manifest with another field", () => edited("manifest.json", { extra: 1 }), "BUNDLE_MANIFEST"],
    ["a manifest of a later version", () => edited("manifest.json", { version: 3 }), "BUNDLE_VERSION"],
    [
      "a manifest that lists what is not there",
      () =>
        edited("manifest.json", { files: { ...manifestFiles(), ghost: manifestFiles()["conclusion.json"] } }),
      "BUNDLE_FILE_MISSING",
    ],
    [
      "a signature that is malformed",
      () => edited("signature.json", { signature: "00" }),
      "SIGNATURE_MALFORMED",
    ],
    [
      "a signature of another payload type",
      () => edited("signature.json", { payloadType: "x" }),
      "SIGNATURE_MALFORMED",
    ],
    [
      "another signature",
      () => edited("signature.json", { signature: "00".repeat(64) }),
      "SIGNATURE_INVALID",
    ],
    ["another key", () => edited("signature.json", { publicKey: "01".repeat(32) }), "SIGNATURE_INVALID"],
    [
      "a deflated manifest",
      () =>
        rebuilt((entries) => {
          const entry = entries.get("manifest.json");
          if (entry === undefined) return;
          entries.set(entry.name, { ...entry, method: DEFLATED, packed: deflateSync(entry.packed) });
        }),
      "BUNDLE_FILE_CHANGED",
    ],
  ];

  it.each(alterations)("names %s", (_, alter, code) => {
    expect(codeOf(() => check(alter()))).toBe(code);
  });

  it("names a signature over a manifest that is in order but another", () => {
    const other = makeBundle(new Map([["conclusion.json", utf8ToBytes("other")]]), SAMPLE_SEED);
    const signature = readZip(other).find(({ name }) => name === "signature.json");
    const bytes = rebuilt((entries) => {
      if (signature !== undefined) entries.set(signature.name, signature);
    });
    expect(codeOf(() => check(bytes))).toBe("SIGNATURE_INVALID");
  });

  it("leaves its own names to itself", () => {
    expect(codeOf(() => makeBundle(new Map([["manifest.json", TEXT]]), SAMPLE_SEED))).toBe(
      "BUNDLE_RESERVED_NAME",
    );
    expect(codeOf(() => makeBundle(new Map([["../up", TEXT]]), SAMPLE_SEED))).toBe("ZIP_NAME");
    expect(codeOf(() => makeBundle(FILES, new Uint8Array(5)))).toBe("KEY_INVALID");
  });
});

const TEXT = utf8ToBytes("text");
