import { binomialUpperQuantile } from "@indicia/proof/binomial";
import { weightStreamKey, weightWords } from "@indicia/proof/carrier";
import { encodePayload } from "@indicia/proof/payload";
import { lnRademacherTail } from "@indicia/proof/tail";
import { describe, expect, it } from "vitest";
import { nodeKeystream } from "../../keystream-node.js";
import { normal, publicRandom } from "../../probes/prng.js";
import { detectWeights, type WeightWitness } from "@indicia/proof/weight-detect";
import { shapeDifferences } from "./shape.js";
import { markSigns } from "./signs.js";

const seed = new Uint8Array(32).fill(9);
const segments = [
  { label: "a", start: 0, count: 150_000 },
  { label: "b", start: 640, count: 50_000 },
];

/** What a marked copy would leave: the signs of the carrier, times 100. */
function mark(payload: string | null, of: Uint8Array = seed): Int16Array {
  const signs = markSigns(payload === null ? null : encodePayload(payload), { pilot: 1, payload: 1 });
  return Int16Array.from(
    segments.flatMap(({ label, start, count }) => {
      const words = weightWords(weightStreamKey(of, label), start, count, nodeKeystream);
      return Array.from(words, (word) => 100 * (signs[word] ?? 0));
    }),
  );
}

const detect = (residual: Int16Array, committedPayload: string | null): WeightWitness[] =>
  detectWeights({ seed, segments, residual, committedPayload, keystream: nodeKeystream });
const named = (
  witnesses: readonly WeightWitness[],
  name: WeightWitness["statistic"],
): WeightWitness | undefined => witnesses.find(({ statistic }) => statistic === name);

describe("detectWeights", () => {
  it("reads a payload nobody committed to, and lets it pay for 2^256 messages", () => {
    const witnesses = detect(mark("to: buyer 17"), null);
    expect(witnesses.map(({ statistic }) => statistic)).toEqual(["pilot", "all weights", "decoded payload"]);
    const decoded = named(witnesses, "decoded payload");
    expect(decoded?.T).toBeCloseTo(Math.sqrt(200_000), 6);
    expect(decoded?.lnP).toBeCloseTo(-100_000, 3);
    expect(decoded?.payload).toEqual({ text: "to: buyer 17", bitErrors: 0, bits: 256 });
    expect(decoded?.corrections.map(({ lnFactor }) => lnFactor)).toEqual([256 * Math.LN2]);
    expect(named(witnesses, "pilot")?.T).toBeGreaterThan(310);
  });

  it("holds a committed payload against the weights at no cost", () => {
    const committed = named(detect(mark("mine"), "mine"), "committed payload");
    expect(committed).toMatchObject({ corrections: [], payload: { text: "mine", bitErrors: 0 } });
    expect(committed?.T).toBeCloseTo(Math.sqrt(200_000), 6);
  });

  it("tells another payload from the committed one", () => {
    const witnesses = detect(mark("copy 2"), "copy 3");
    expect(named(witnesses, "decoded payload")).toMatchObject({ payload: { text: "copy 2", bitErrors: 0 } });
    expect(named(witnesses, "committed payload")).toMatchObject({ payload: { text: null, bitErrors: 1 } });
    expect(named(witnesses, "committed payload")?.T).toBeLessThan(0.99 * Math.sqrt(200_000));
  });

  it("finds a mark without payload in all weights", () => {
    const witnesses = detect(mark(null), null);
    expect(named(witnesses, "all weights")?.T).toBeCloseTo(Math.sqrt(200_000), 6);
    expect(named(witnesses, "decoded payload")).toMatchObject({ T: 0, lnP: 0 });
  });

  it("finds nothing in silence, in noise, and in another key's mark, and always tries the same number", () => {
    const random = publicRandom("detect.test");
    const noise = Int16Array.from({ length: 200_000 }, () => Math.round(1000 * normal(random)));
    for (const residual of [new Int16Array(200_000), noise, mark("theirs", new Uint8Array(32).fill(8))]) {
      const witnesses = detect(residual, "mine");
      expect(witnesses).toHaveLength(4);
      for (const { T, payload } of witnesses) {
        expect(Math.abs(T)).toBeLessThan(5);
        expect(payload?.text ?? null).toBeNull();
      }
    }
    expect(detect(new Int16Array(200_000), "mine").every(({ T, lnP }) => T === 0 && lnP === 0)).toBe(true);
  });

  it("keeps to the bound under thousands of wrong keys, on shaped, structured, heavy-tailed differences", () => {
    const random = publicRandom("detect.test/null");
    // A retrained column, a block of equal shifts, and Cauchy-like tails: what tuning and tampering leave.
    const values = Float32Array.from({ length: 4096 }, (_, i) => {
      if (i % 64 === 3) return normal(random);
      if (i >= 1024 && i < 2048) return 0.01;
      return (0.003 * normal(random)) / Math.max(1e-3, Math.abs(normal(random)));
    });
    const residual = shapeDifferences(
      [{ start: 0, values }],
      { rows: 64, inner: 1 },
      64,
      new Float64Array(64).fill(1),
    );
    const keys = 1500;
    const wrong = new Uint8Array(32);
    const T: number[][] = [];
    for (let key = 0; key < keys; key++) {
      new DataView(wrong.buffer).setUint32(0, key);
      const request = { seed: wrong, segments: [{ label: "w", start: 0, count: 4096 }], residual };
      const witnesses = detectWeights({
        ...request,
        committedPayload: "committed",
        keystream: nodeKeystream,
      });
      T.push(witnesses.slice(0, 3).map((witness) => witness.T));
      expect(named(witnesses, "decoded payload")?.T).toBe(0);
    }
    const levels = [1, 1.5, 2, 2.5, 3, 3.5];
    for (const statistic of [0, 1, 2]) {
      for (const t of levels) {
        const above = T.filter((each) => (each[statistic] ?? 0) >= t).length;
        const most = binomialUpperQuantile(1e-4 / (3 * levels.length), keys, Math.exp(lnRademacherTail(t)));
        expect(above, `${statistic} at ${t}`).toBeLessThanOrEqual(most);
      }
      const mean = T.reduce((sum, each) => sum + (each[statistic] ?? 0), 0) / keys;
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(keys));
    }
  });
});
