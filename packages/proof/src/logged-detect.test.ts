import { describe, expect, it } from "vitest";
import { decoySeed } from "./decoys.js";
import { keyedChange, loggedKeys, tiltSigns, wrongLabel } from "./logged-carrier.js";
import { CHANGED_SHARE, labelMatches, type RelabelledQuery, tiltEvaluator } from "./logged-detect.js";
import { quantise } from "./statistic.js";

const SEED = decoySeed(new Uint8Array(32), 0);
const query = (i: number): Uint8Array => decoySeed(new Uint8Array(32).fill(1), i);
const queries = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => query(i));

describe("T of the tilt", () => {
  it("is the root of all coordinates for a residual that is the carrier, and has its sign", () => {
    const { tilt } = loggedKeys(SEED);
    const rows = Float64Array.from(queries(40).flatMap((each) => [...tiltSigns(tilt, each, 6)]));
    const evaluate = tiltEvaluator(queries(40), 6, [quantise(rows), quantise(rows.map((r) => -r))]);
    const [T, opposite] = evaluate(SEED);
    expect(T).toBeCloseTo(Math.sqrt(240), 9);
    expect(opposite).toBeCloseTo(-Math.sqrt(240), 9);
    expect(tiltEvaluator(queries(40), 6, [new Int16Array(240)])(SEED)[0]).toBe(0);
  });

  it("refuses a query that comes twice, whose coins would count twice", () => {
    expect(() => tiltEvaluator([query(1), query(2), query(1)], 2, [new Int16Array(6)])).toThrow("twice");
    expect(() => tiltEvaluator(queries(3), 2, [new Int16Array(5)])).toThrow(RangeError);
  });
});

describe("keyed labels", () => {
  const classes = 8;
  const { change } = loggedKeys(SEED);
  const target = (i: number, reference: number): number =>
    wrongLabel(keyedChange(change, query(i), classes - 1).offset, reference);
  const table = (suspect: (i: number, reference: number) => number, doubtful = true): RelabelledQuery[] =>
    Array.from({ length: 1000 }, (_, i) => ({
      query: query(i),
      reference: i % classes,
      suspect: suspect(i, i % classes),
      doubtful,
    }));

  it("are all found at whoever copied them, and the tail is exact", () => {
    const found = labelMatches(SEED, table(target), classes);
    expect(found.matches).toBe(found.differing);
    expect(found.differing).toBe(found.changed);
    expect(Math.abs(found.changed - 1000 * CHANGED_SHARE)).toBeLessThan(45);
    // Every one of n matches: (1/(m-1))^n.
    expect(found.lnP).toBeCloseTo(-found.changed * Math.log(classes - 1), 6);
    expect(found.z).toBeGreaterThan(10);
  });

  it("say nothing at one who gives the right labels, none, or no doubtful one", () => {
    for (const honest of [table((_, reference) => reference), table(() => -1), table(target, false)]) {
      expect(labelMatches(SEED, honest, classes)).toMatchObject({ matches: 0, differing: 0, lnP: 0, z: 0 });
    }
  });

  it("say nothing of two classes, and refuse a query that comes twice", () => {
    expect(labelMatches(SEED, table(target), 2).lnP).toBe(0);
    expect(() => labelMatches(SEED, [...table(target), ...table(target)], classes)).toThrow("twice");
  });
});
