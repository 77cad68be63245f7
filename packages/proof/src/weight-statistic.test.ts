import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binomialUpperQuantile } from "./binomial.js";
import { codedBit, weightStreamKey, weightWords } from "./carrier.js";
import { portableKeystream } from "./keystream.js";
import { encodePayload } from "./payload.js";
import { CODED_BITS } from "./payload-code.js";
import { type ExactSums, statistic } from "./statistic.js";
import { lnRademacherTail } from "./tail.js";
import { checkSegments, segmentWeights, type WeightSegment } from "./weight-segments.js";
import { allSums, payloadSums, weightSums } from "./weight-statistic.js";

const seedOf = (number: number): Uint8Array => {
  const seed = new Uint8Array(32);
  new DataView(seed.buffer).setUint32(0, number);
  return seed;
};

function add(sum: number[], dot: number, r: number): void {
  sum[0] = (sum[0] ?? 0) + dot;
  sum[1] = (sum[1] ?? 0) + r * r;
}

/** Word by word, from the meaning of the bits. */
function bySpelling(
  seed: Uint8Array,
  segments: readonly WeightSegment[],
  residual: Int16Array,
  coded: Uint8Array,
) {
  const sums = { pilot: [0, 0], all: [0, 0], payload: [0, 0] };
  let at = 0;
  for (const { label, start, count } of segments) {
    for (let i = start; i < start + count; i++) {
      const [word = 0] = weightWords(weightStreamKey(seed, label), i, 1, portableKeystream);
      const r = residual[at++] ?? 0;
      const v = word % 2 === 1 ? -1 : 1;
      const pilot = Math.floor(word / 2) % 2 === 0;
      const turned = !pilot && coded[codedBit(word, CODED_BITS)] === 1;
      if (pilot) add(sums.pilot, v * r, r);
      add(sums.all, v * r, r);
      add(sums.payload, turned ? -v * r : v * r, r);
    }
  }
  return sums;
}

const asPair = ({ dot, squares }: ExactSums): number[] => [dot, squares];

describe("weightSums", () => {
  it("is what the bits of the words spell", () => {
    const run = fc.record({ start: fc.nat(300), count: fc.nat(200) });
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(run, { maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: -32768, max: 32767 })),
        (n, runs, r) => {
          const segments = runs.map(({ start, count }, i) => ({ label: `t${i}`, start, count }));
          const residual = Int16Array.from({ length: segmentWeights(segments) }, () => r.next().value);
          const coded = encodePayload("spelled");
          const sums = weightSums(seedOf(n), segments, residual, portableKeystream);
          const spelled = bySpelling(seedOf(n), segments, residual, coded);
          expect(asPair(sums.pilot)).toEqual(spelled.pilot);
          expect(asPair(allSums(sums))).toEqual(spelled.all);
          expect(asPair(payloadSums(sums, coded))).toEqual(spelled.payload);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("stays what it is: sealed observations are recomputed for ever", () => {
    const segments = [
      { label: "main/w", start: 31, count: 40_000 },
      { label: "main/v", start: 0, count: 33_333 },
    ];
    const residual = Int16Array.from({ length: 73_333 }, (_, i) => ((i * 7919) % 4001) - 2000);
    const sums = weightSums(seedOf(1), segments, residual, portableKeystream);
    expect([sums.pilot, allSums(sums), payloadSums(sums, encodePayload("frozen"))].map(asPair)).toEqual([
      [-55_361, 48_854_244_687],
      [359_096, 97_839_233_754],
      [240_866, 97_839_233_754],
    ]);
  });

  it("refuses to count a carrier entry twice", () => {
    const twice = [
      { label: "a", start: 0, count: 10 },
      { label: "b", start: 0, count: 10 },
      { label: "a", start: 9, count: 10 },
    ];
    expect(() => checkSegments(twice)).toThrow(/overlap/);
    expect(() => weightSums(seedOf(0), twice, new Int16Array(30), portableKeystream)).toThrow(RangeError);
    expect(() => checkSegments([{ label: "a", start: -1, count: 1 }])).toThrow(RangeError);
    expect(() => checkSegments([{ label: "a", start: 0.5, count: 1 }])).toThrow(RangeError);
  });

  it("insists that segments and residual agree", () => {
    const segments = [{ label: "a", start: 0, count: 10 }];
    expect(() => weightSums(seedOf(0), segments, new Int16Array(9), portableKeystream)).toThrow(RangeError);
  });

  it("keeps to the bound under wrong keys on a structured, heavy-tailed residual", () => {
    // A few huge entries, long equal runs, and alternating signs: nothing about it is random.
    const residual = Int16Array.from({ length: 2048 }, (_, i) => {
      if (i % 509 === 0) return 32767;
      return i < 1024 ? 40 : (i % 2 === 0 ? -1 : 1) * (1 + (i % 64) * 5);
    });
    for (const tried of [residual, new Int16Array(2048).fill(1)]) {
      for (const T of wrongKeys(tried, 4000)) {
        for (const t of LEVELS) {
          const above = T.filter((value) => value >= t).length;
          const most = binomialUpperQuantile(1e-4 / LEVELS.length, T.length, Math.exp(lnRademacherTail(t)));
          expect(above, `T >= ${t}`).toBeLessThanOrEqual(most);
        }
        const mean = T.reduce((sum, value) => sum + value, 0) / T.length;
        expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(T.length));
        expect(Math.sqrt(T.reduce((sum, value) => sum + value * value, 0) / T.length)).toBeCloseTo(1, 1);
      }
    }
  });
});

/** Levels of T at which wrong keys are counted. */
const LEVELS = [1, 1.5, 2, 2.5, 3, 3.5, 4];

/** T of the three statistics under keys that have nothing to do with the residual. */
function wrongKeys(residual: Int16Array, keys: number): number[][] {
  const segments = [{ label: "tensor", start: 100, count: residual.length }];
  const coded = encodePayload("committed");
  const T: number[][] = [[], [], []];
  for (let n = 0; n < keys; n++) {
    const sums = weightSums(seedOf(1000 + n), segments, residual, portableKeystream);
    for (const [which, each] of [sums.pilot, allSums(sums), payloadSums(sums, coded)].entries()) {
      T[which]?.push(statistic(each));
    }
  }
  return T;
}
