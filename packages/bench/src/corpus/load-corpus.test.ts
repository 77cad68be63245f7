import { sharedMissing } from "@indicia/testkit/shared-path";
import { beforeAll, describe, expect, it } from "vitest";
import { magikaTokens } from "../magika/features.js";
import { type Corpus, readCorpus, SPLITS } from "./corpus-file.js";
import { type CorpusLocator, corpusLocator, loadCorpus, readEntry } from "./load-corpus.js";

describe("the committed corpus", () => {
  let corpus: Corpus;
  let locate: CorpusLocator;
  beforeAll(async () => {
    corpus = await readCorpus();
    locate = await corpusLocator();
  });

  it("is large enough", () => {
    expect(corpus.calibration.length).toBeGreaterThanOrEqual(3000);
    expect(corpus.pool.length).toBeGreaterThanOrEqual(2000);
    expect(corpus["held-back"].length).toBeGreaterThanOrEqual(2000);
  });

  it("is in the order of the hashes, and holds no file for one platform alone", () => {
    for (const split of SPLITS) {
      const hashes = corpus[split].map(({ sha256 }) => sha256);
      expect(hashes).toEqual([...hashes].sort());
      expect(
        corpus[split].filter(({ source }) =>
          /\.(node|dll|so|dylib|exe)$|-(linux|darwin|win32)-/.test(source),
        ),
      ).toEqual([]);
    }
  });

  // A failure here after a change of the lockfile means: make the corpus anew, and commit it.
  it.skipIf(sharedMissing)("is installed, every file as it was", async () => {
    for (const split of SPLITS) {
      for (const entry of corpus[split]) {
        const content = await readEntry(entry, locate);
        expect(content.length).toBe(entry.bytes);
      }
    }
  });

  it.skipIf(sharedMissing)("shows a model nothing in one split that it saw in another", async () => {
    const window = { begin: 1024, middle: 0, end: 1024, block: 4096, padding: 256, smallest: 8 };
    const seen = new Map<string, string>();
    for (const split of SPLITS) {
      const { files } = await loadCorpus(split, { limit: 700 });
      for (const file of files) {
        const tokens = Buffer.from(magikaTokens(window, file).buffer).toString("latin1");
        expect(seen.get(tokens) ?? split).toBe(split);
        seen.set(tokens, split);
      }
    }
  });

  it.skipIf(sharedMissing)("gives the first files in the order of their hashes", async () => {
    const { entries, files, sha256 } = await loadCorpus("pool", { limit: 5 });
    expect(entries).toEqual(corpus.pool.slice(0, 5));
    expect(files).toHaveLength(5);
    expect(sha256).not.toBe((await loadCorpus("pool", { limit: 4 })).sha256);
  });

  it("refuses what is not installed, and what was changed", async () => {
    const entry = corpus.pool.find(({ source }) => !source.startsWith("shared/"));
    if (entry === undefined) throw new RangeError("no entry");
    await expect(readEntry({ ...entry, source: "no-such-package@1.0.0/x.js" }, locate)).rejects.toMatchObject(
      {
        code: "CORPUS_MISSING",
      },
    );
    await expect(readEntry({ ...entry, sha256: "0".repeat(64) }, locate)).rejects.toMatchObject({
      code: "CORPUS_CHANGED",
    });
  });
});
