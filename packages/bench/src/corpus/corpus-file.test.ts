import { describe, expect, it } from "vitest";
import { type Corpus, formatCorpus, parseCorpus } from "./corpus-file.js";

const entry = (digit: string, source = "a@1/x.js") => ({ sha256: digit.repeat(64), bytes: 70, source });
const CORPUS: Corpus = {
  calibration: [entry("a"), entry("b", "@s/b@2.0.0/dist/y.d.ts")],
  pool: [entry("c")],
  "held-back": [],
};

describe("the corpus file", () => {
  it("comes back as it was written, one line per file", () => {
    const text = formatCorpus(CORPUS);
    expect(parseCorpus(text)).toEqual(CORPUS);
    expect(text.split("\n").filter((line) => line.includes("sha256"))).toHaveLength(3);
  });

  it.each([
    ["no JSON", "{"],
    ["another version", '{"version": 2}'],
    ["a split missing", '{"version": 1, "calibration": [], "pool": []}'],
    ["a file in two splits", formatCorpus({ ...CORPUS, "held-back": [entry("a")] })],
    ["no hash", formatCorpus({ ...CORPUS, pool: [{ ...entry("c"), sha256: "c" }] })],
    ["a size that is none", formatCorpus({ ...CORPUS, pool: [{ ...entry("c"), bytes: -1 }] })],
    ["a way out of the packages", formatCorpus({ ...CORPUS, pool: [entry("c", "a@1/../../x")] })],
  ])("refuses %s", (_, text) => {
    expect(() => parseCorpus(text)).toThrow(expect.objectContaining({ code: "CORPUS_INVALID" }));
  });
});
