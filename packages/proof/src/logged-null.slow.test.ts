import { describe, expect, it } from "vitest";
import { binomialUpperQuantile } from "./binomial.js";
import { decoySeed } from "./decoys.js";
import { labelMatches, type RelabelledQuery, tiltEvaluator } from "./logged-detect.js";
import { quantise } from "./statistic.js";

const KEYS = 10_000;
/** The share of runs in which a right test may fail. */
const ALARM = 1e-4;
const LEVELS = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5];
const SEAL = new Uint8Array(32).fill(23);
const query = (i: number): Uint8Array => decoySeed(new Uint8Array(32).fill(1), i);

/** Uniform numbers that no key has anything to do with. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("over 10,000 wrong keys", () => {
  const N = 30;
  const M = 6;
  const draw = numbers(7);
  // Evenly spread, and one query that outweighs all others: the bound holds for every residual.
  const even = Float64Array.from({ length: N * M }, () => draw() - 0.5);
  const heavy = even.map((value, i) => (i < M ? 50 * value : value));

  it("T of the tilt exceeds no level more often than the bound allows", () => {
    const residuals = [quantise(even), quantise(heavy)];
    const evaluate = tiltEvaluator(
      Array.from({ length: N }, (_, i) => query(i)),
      M,
      residuals,
    );
    const values = residuals.map(() => new Float64Array(KEYS));
    for (let key = 0; key < KEYS; key++)
      for (const [s, t] of evaluate(decoySeed(SEAL, key)).entries()) (values[s] ?? [])[key] = t;
    for (const [s, found] of values.entries()) {
      const mean = found.reduce((sum, t) => sum + t, 0) / KEYS;
      const variance = found.reduce((sum, t) => sum + t * t, 0) / KEYS;
      expect(Math.abs(mean) * Math.sqrt(KEYS), `mean ${s}`).toBeLessThan(4.5);
      expect(Math.abs(variance - 1) * Math.sqrt(KEYS / 2), `variance ${s}`).toBeLessThan(4.5);
      for (const t of LEVELS) {
        const most = binomialUpperQuantile(ALARM / LEVELS.length / 2, KEYS, Math.exp((-t * t) / 2));
        expect(found.filter((value) => value >= t).length, `level ${t}`).toBeLessThanOrEqual(most);
      }
    }
  });

  it("keyed labels are matched no more often than their exact tail says, however the suspect answers", () => {
    const answers = numbers(11);
    const classes = 4;
    const table: RelabelledQuery[] = Array.from({ length: 60 }, (_, i) => ({
      query: query(i),
      reference: i % classes,
      // A suspect who is often wrong, and always in the same way.
      suspect: answers() < 0.8 ? (i % classes === 1 ? 2 : 1) : i % classes,
      doubtful: true,
    }));
    const tails = Float64Array.from(
      { length: KEYS },
      (_, key) => labelMatches(decoySeed(SEAL, key), table, classes).lnP,
    );
    for (const level of [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]) {
      const most = binomialUpperQuantile(ALARM / 9, KEYS, level);
      expect(tails.filter((lnP) => lnP <= Math.log(level)).length, `p ${level}`).toBeLessThanOrEqual(most);
    }
    // Not vacuous: about a tenth of the queries are changed, and small tails do occur.
    expect(tails.filter((lnP) => lnP <= Math.log(0.05)).length).toBeGreaterThan(KEYS * 0.005);
  });
});
