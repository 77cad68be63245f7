import { rmSync } from "node:fs";
import type { FakeSuspect } from "@indicia/testkit/fake-suspect";
import { innocentSuspect } from "@indicia/testkit/innocent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alignNames, type NamedAnswer, nameClasses } from "./observe-class-names.js";
import { below, publicRandom } from "./probes/prng.js";
import type { Answer, BlackBoxSuspect } from "./suspect.js";
import { type Claim, claimOf, concluded, observed, servedSuspect } from "./test-support/claim.js";

const CLASSES = 20;
let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: CLASSES, readout: 0.3 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

const NOWHERE = { intent: async () => 0, answer: async () => undefined, lost: async () => undefined };
/** Names whose order says nothing. */
const NAMES = Array.from({ length: CLASSES }, (_, c) => `name ${(7 * c + 3) % CLASSES}`);

/** What a suspect says of its classes by name, the best `most` of them. */
function named(answer: Answer, most: number): NamedAnswer {
  if (answer.kind !== "vector") return null;
  const order = [...answer.values.keys()].sort((a, b) => (answer.values[b] ?? 0) - (answer.values[a] ?? 0));
  if (most === 0) return NAMES[order[0] ?? 0] ?? null;
  return new Map(order.slice(0, most).map((c) => [NAMES[c] ?? "", answer.values[c] ?? 0]));
}

async function namesOf(suspect: FakeSuspect, most: number): ReturnType<typeof nameClasses> {
  const { registration, pool, reference: referencePath } = claim;
  return nameClasses({
    registration,
    referencePath,
    pool,
    ask: async (inputs, rows) => {
      const numbers = Array.from({ length: rows }, (_, i) => i);
      return (await suspect.query(inputs, numbers, NOWHERE)).map((answer) => named(answer, most));
    },
  });
}

/** A suspect whose classes come in the order of these names. */
function inOrder(suspect: FakeSuspect, classes: readonly string[]): Partial<BlackBoxSuspect> {
  return {
    ordersClasses: true,
    query: async (inputs, probes, recorder) =>
      (await suspect.query(inputs, probes, recorder)).map((answer) =>
        answer.kind === "vector"
          ? {
              kind: "vector",
              values: Float64Array.from(classes, (name) => answer.values[NAMES.indexOf(name)] ?? Number.NaN),
            }
          : answer,
      ),
  };
}

describe("the names of a suspect's classes", () => {
  it.each([
    ["all scores", CLASSES],
    ["the three best", 3],
    ["labels alone", 0],
  ])("are put in the reference's order, without a key, by %s", async (_, most) => {
    const suspect = await servedSuspect(claim.marked);
    const found = await namesOf(suspect, most);
    expect(found.asked).toBe(4 * CLASSES);
    // What a suspect never shows has no name.
    const known = found.classes.map((name, c) => (name === `(class ${c})` ? null : name));
    expect(known).toEqual(known.map((name, c) => (name === null ? null : NAMES[c])));
    expect(known.filter((name) => name === null)).toHaveLength(found.unnamed);
    expect(found.unnamed).toBeLessThanOrEqual(most === CLASSES ? 0 : CLASSES / 2);
    await suspect.close();
  });

  it("let a copy that renamed them be examined as one that did not", async () => {
    const suspect = await servedSuspect(claim.marked);
    const { classes } = await namesOf(suspect, CLASSES);
    const observation = await observed(claim, { ...suspect, ...inOrder(suspect, classes) }, { budget: 64 });
    expect(observation.file.looks.at(-1)?.classOrder).toMatchObject({ unsettled: 0 });
    expect(concluded(claim, observation).verdict).toBe("match");
    await suspect.close();
  });

  it("make no match of innocents, whatever order suits them best", async () => {
    for (const seed of [5, 6, 7]) {
      const suspect = innocentSuspect({ seed, classes: CLASSES, features: 12 });
      const { classes } = await namesOf(suspect, CLASSES);
      const observation = await observed(claim, { ...suspect, ...inOrder(suspect, classes) }, { budget: 64 });
      expect(concluded(claim, observation).verdict).toBe("inconclusive");
    }
  });

  it("are not known where nothing is named", async () => {
    const { registration, pool, reference } = claim;
    const ask = async (_: unknown, rows: number): Promise<NamedAnswer[]> => Array<null>(rows).fill(null);
    const asking = nameClasses({ registration, referencePath: reference, pool, ask });
    await expect(asking).rejects.toMatchObject({ code: "ANSWERS_UNUSABLE" });
  });
});

describe("names beside beliefs", () => {
  const random = publicRandom("names beside beliefs");
  const beliefs = Array.from({ length: 60 }, () => {
    const row = Float64Array.from({ length: 4 }, () => 1 + below(random, 100));
    const sum = row.reduce((total, value) => total + value, 0);
    return row.map((value) => value / sum);
  });

  it("leave names to classes that never came, which the suspect does not use", () => {
    const seen = beliefs.map(
      (row) =>
        new Map([
          ["b", row[2] ?? 0],
          ["(class 0)", row[3] ?? 0],
        ]),
    );
    expect(alignNames(seen, beliefs)).toEqual(["((class 0))", "(class 1)", "b", "(class 0)"]);
  });

  it("are as many as classes where more came, the surest of them", () => {
    const seen = beliefs.map(
      (row, i) =>
        new Map([
          ...["w", "x", "y", "z"].map((name, c): [string, number] => [name, row[c] ?? 0]),
          ["odd", i % 2],
        ]),
    );
    expect(alignNames(seen, beliefs)).toEqual(["w", "x", "y", "z"]);
  });

  it("are none where nothing was named", () => {
    expect(alignNames([null, new Map()], beliefs.slice(0, 2))).toBeNull();
  });
});
