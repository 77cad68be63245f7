import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { expect, test } from "vitest";
import { meaningOf } from "./meaning.js";

const conclusion = (changed: Partial<ConclusionFile>): ConclusionFile =>
  ({
    verdict: "match",
    standing: "exploratory",
    standingReasons: ["registration has no outside timestamp"],
    log10P: -12.3,
    level: 1e-6,
    witnesses: [{ mark: "readout", T: 9.1 }],
    controls: { decoyKeys: 10_000, decoyMeanT: 0, decoySdT: 1, decoyMaxT: 4.2 },
    queries: 512,
    lostQueries: 3,
    ...changed,
  }) as ConclusionFile;

test("a match is said to be no proof of copying, and no probability of innocence", () => {
  const text = meaningOf(conclusion({})).join("\n");
  expect(text).toContain("one in a number with 13 digits");
  expect(text).toContain("It does not say who copied what");
  expect(text).toContain("not the probability that somebody is innocent");
  expect(text).toContain("registration has no outside timestamp");
});

test("nothing found is said to be no proof of innocence", () => {
  const text = meaningOf(conclusion({ verdict: "inconclusive", log10P: -0.3 })).join("\n");
  expect(text).toContain("up to 50 % of such examinations");
  expect(text).toContain("does not mean that the suspect is innocent");
  expect(text).toContain("3 of 512 rows got no answer");
  expect(text).not.toContain("match");
});
