import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Corpus, SPLITS, type Split } from "./corpus-file.js";
import { nearDuplicateGroups } from "./near-duplicates.js";
import type { Candidate } from "./scan.js";
import { selectCorpus } from "./select.js";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

function candidate(owner: string, version: string, file: string, content: string): Candidate {
  const sha256 = sha(content);
  return {
    sha256,
    bytes: 64 + content.length,
    source: `${owner}@${version}/lib/${file}`,
    owner,
    file,
    folder: "lib",
    ends: sha(`ends ${content.slice(0, 4)}`),
  };
}

const candidates = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom("alpha", "beta", "gamma"),
      fc.constantFrom("1.0.0", "2.0.0"),
      fc.constantFrom(
        "index.js",
        "index.d.ts",
        "core.js",
        "core.cjs",
        "LICENSE",
        "parse.ts",
        "lex.js",
        "data.json",
      ),
      fc.string({ minLength: 4, maxLength: 6, unit: fc.constantFrom("x", "y") }),
    ),
    { selector: ([owner, version, file]) => `${owner}@${version}/${file}`, maxLength: 40 },
  )
  .map((list) => list.map((parts) => candidate(...parts)));

function placeOf(corpus: Corpus): Map<string, Split> {
  return new Map(SPLITS.flatMap((split) => corpus[split].map(({ sha256 }) => [sha256, split] as const)));
}

describe("selectCorpus", () => {
  it("keeps near-duplicates in one split, and each content once", () => {
    fc.assert(
      fc.property(candidates, (list) => {
        const corpus = selectCorpus(list);
        const place = placeOf(corpus);
        expect(place.size).toBe(SPLITS.reduce((sum, split) => sum + corpus[split].length, 0));
        expect(place.size).toBe(new Set(list.map(({ sha256 }) => sha256)).size);
        const groups = nearDuplicateGroups(list);
        const splitOfGroup = new Map<string, Split | undefined>();
        for (const [i, { sha256 }] of list.entries()) {
          const group = groups[i] ?? "";
          const split = place.get(sha256);
          expect(splitOfGroup.get(group) ?? split).toBe(split);
          splitOfGroup.set(group, split);
        }
      }),
    );
  });

  it("gives the same corpus in whatever order files are found", () => {
    fc.assert(
      fc.property(candidates, (list) => {
        const places = (files: readonly Candidate[]): Record<string, Split> =>
          Object.fromEntries(placeOf(selectCorpus(files)));
        expect(places([...list].reverse())).toEqual(places(list));
      }),
    );
  });

  it("lets no package and no kind of file crowd out the others", () => {
    const many = (owner: string, count: number, ending: string): Candidate[] =>
      Array.from({ length: count }, (_, i) => candidate(owner, "1.0.0", `f${i}${ending}`, `${owner} ${i}`));
    const one = selectCorpus(many("alpha", 1000, ".js"));
    expect(placeOf(one).size).toBe(680);
    const owners = Array.from({ length: 10 }, (_, i) => `package${i}`);
    expect(placeOf(selectCorpus(owners.flatMap((owner) => many(owner, 300, ".d.ts")))).size).toBe(1700);
  });

  it("shares many files out as planned", () => {
    const list = Array.from({ length: 600 }, (_, i) =>
      candidate("alpha", "1.0.0", `f${i}.js`, `file ${i} ${sha(String(i))}`),
    );
    const corpus = selectCorpus(list.map((file) => ({ ...file, ends: file.sha256 })));
    expect(corpus.calibration.length).toBeGreaterThan(200);
    expect(corpus.pool.length).toBeGreaterThan(140);
    expect(corpus["held-back"].length).toBeGreaterThan(140);
  });
});

describe("nearDuplicateGroups", () => {
  const group = (a: Candidate, b: Candidate): boolean => {
    const [first, second] = nearDuplicateGroups([a, b]);
    return first === second;
  };
  const file = candidate("alpha", "1.0.0", "core.js", "aaaa one");

  it.each([
    ["another version", candidate("alpha", "2.0.0", "core.js", "bbbb two"), true],
    ["what was compiled from the same source", candidate("alpha", "1.0.0", "core.d.cts", "bbbb two"), true],
    ["another file of the package", candidate("alpha", "1.0.0", "lex.js", "bbbb two"), false],
    ["a namesake in another package", candidate("beta", "1.0.0", "core.js", "bbbb two"), false],
    ["the same ends in another package", candidate("beta", "1.0.0", "lex.js", "aaaa two"), true],
  ])("%s", (_, other, together) => {
    expect(group(file, other)).toBe(together);
  });

  it("takes licences for one text", () => {
    expect(
      group(candidate("alpha", "1.0.0", "license", "aaaa"), candidate("beta", "1.0.0", "licence.md", "bbbb")),
    ).toBe(true);
  });

  it("tells generic names apart by their folder", () => {
    const index = candidate("alpha", "1.0.0", "index.js", "aaaa");
    const other = { ...candidate("alpha", "1.0.0", "index.js", "bbbb"), folder: "vite" };
    expect(group(index, other)).toBe(false);
  });
});
