import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { marksOnTop } from "./marks-on-top.js";
import { PERTURBATIONS, type PerturbationKind, perturber } from "./perturb.js";
import { untrainedSurrogate } from "./surrogate.js";
import { topOf, totalVariation } from "./towards.js";
import { widestAngle } from "./widest-angle.js";

const KEY = new Uint8Array(32).fill(7);
const CLASSES = 6;
const asked = { account: "alice", query: "11".repeat(32), suspicion: 0 };
const open = (kind: PerturbationKind, more: object = {}): ReturnType<typeof perturber> =>
  perturber({ kind, classes: CLASSES, key: KEY, ...more });

/** Distributions with a largest class, from flat to nearly certain. */
const distributions = fc
  .array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: CLASSES, maxLength: CLASSES })
  .map((logits) => {
    const raised = Float64Array.from(logits, (z) => Math.exp(z));
    const sum = raised.reduce((total, value) => total + value, 0);
    return raised.map((value) => value / sum);
  })
  .filter((p) => {
    const [first = 0, second = 0] = [...p].sort((a, b) => b - a);
    return first - second > 1e-3;
  });

describe.each(PERTURBATIONS)("%s", (kind) => {
  it("keeps the largest class, a distribution and the budget, whatever the suspicion", () => {
    const change = open(kind, { budget: 0.05, most: 0.4 });
    let query = 0;
    fc.assert(
      fc.property(distributions, fc.double({ min: 0, max: 1, noNaN: true }), (honest, suspicion) => {
        const given = change(honest, { account: "a", query: String(query++), suspicion });
        expect(topOf(given)).toBe(topOf(honest));
        expect(given.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
        expect(given.every((p) => p >= -1e-12)).toBe(true);
        expect(totalVariation(honest, given)).toBeLessThanOrEqual(0.05 + 0.35 * suspicion + 1e-9);
      }),
    );
  });

  it("lets unusual queries have more, whoever asks, and others not", () => {
    const honest = Float64Array.of(0.6, 0.3, 0.05, 0.03, 0.01, 0.01);
    const change = open(kind, { budget: 0.01, unusual: 0.4 });
    const moved = [false, true].map((unusual) =>
      totalVariation(honest, change(honest, { ...asked, query: String(unusual), unusual })),
    );
    expect(moved[0]).toBeLessThanOrEqual(0.01 + 1e-9);
    expect(moved[1]).toBeGreaterThan(0.05);
    expect(moved[1]).toBeLessThanOrEqual(0.4 + 1e-9);
  });

  it("keeps the label and the budget of a marked answer", () => {
    let query = 0;
    fc.assert(
      fc.property(
        distributions,
        fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: CLASSES, maxLength: CLASSES }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (unmarked, tilt, suspicion) => {
          const raised = unmarked.map((p, c) => p * Math.exp(tilt[c] ?? 0));
          const sum = raised.reduce((total, p) => total + p, 0);
          const marked = raised.map((p) => p / sum);
          const own = { account: "a", query: String(query++), suspicion };
          const given = open(kind, { budget: 0.05, most: 0.4 })(marked, { ...own, unmarked });
          expect(topOf(given)).toBe(topOf(marked));
          expect(given.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 9);
          expect(totalVariation(marked, given)).toBeLessThanOrEqual(0.05 + 0.35 * suspicion + 1e-9);
        },
      ),
    );
  });

  it("is the same each time, also once the account is suspected", () => {
    const honest = Float64Array.of(0.4, 0.3, 0.1, 0.1, 0.05, 0.05);
    const change = open(kind);
    const first = change(honest, asked);
    expect(change(honest, { ...asked, suspicion: 1 })).toEqual(first);
    expect(open(kind)(honest, asked)).toEqual(first);
  });

  it("grows with suspicion, and is nothing without a budget", () => {
    const honest = Float64Array.of(0.6, 0.3, 0.05, 0.03, 0.01, 0.01);
    const moved = [0, 0.5, 1].map((suspicion) =>
      totalVariation(honest, open(kind, { budget: 0, most: 0.5 })(honest, { ...asked, suspicion })),
    );
    expect(moved[0]).toBe(0);
    expect(moved[1]).toBeGreaterThan(0.01);
    expect(moved[2]).toBeGreaterThanOrEqual((moved[1] ?? 1) - 1e-9);
  });
});

it("leaves a mark on top of what is perturbed, and goes as far as label and budget admit", () => {
  const unmarked = Float64Array.of(0.6, 0.3, 0.1);
  const marked = Float64Array.of(0.55, 0.36, 0.09);
  const odds = (p: Float64Array): number[] => [...p].map((each) => Math.log(each / (p[0] ?? 1)));
  const perturbed = Float64Array.of(0.5, 0.25, 0.25);
  const whole = marksOnTop(marked, { unmarked, perturbed }, 0.5);
  for (const [c, each] of odds(whole).entries())
    expect(each - (odds(perturbed)[c] ?? 0)).toBeCloseTo(
      (odds(marked)[c] ?? 0) - (odds(unmarked)[c] ?? 0),
      9,
    );
  expect(totalVariation(marked, marksOnTop(marked, { unmarked, perturbed }, 0.05))).toBeCloseTo(0.05, 4);
  const other = Float64Array.of(0.36, 0.35, 0.29);
  const kept = marksOnTop(marked, { unmarked, perturbed: other }, 0.5);
  expect(topOf(kept)).toBe(0);
  expect(totalVariation(marked, kept)).toBeGreaterThan(0.1);
});

describe("keyed noise", () => {
  it("differs between accounts, queries and keys", () => {
    const honest = Float64Array.of(0.4, 0.3, 0.1, 0.1, 0.05, 0.05);
    const answers = [
      open("keyed-noise")(honest, asked),
      open("keyed-noise")(honest, { ...asked, account: "bob" }),
      open("keyed-noise")(honest, { ...asked, query: "22".repeat(32) }),
      open("keyed-noise", { key: new Uint8Array(32).fill(8) })(honest, asked),
    ].map((answer) => [...answer].join());
    expect(new Set(answers).size).toBe(4);
  });
});

describe("the widest angle", () => {
  it("is at least as wide as that of any answer towards the extreme points, by plain arithmetic", () => {
    const surrogate = untrainedSurrogate(CLASSES, 3);
    const inner = (a: Float64Array, b: Float64Array): number => {
      let sum = 0;
      for (let i = 0; i < CLASSES; i++)
        for (let j = 0; j < CLASSES; j++)
          sum += (a[i] ?? 0) * (surrogate.gram[i * CLASSES + j] ?? 0) * (b[j] ?? 0);
      return sum;
    };
    const cosine = (honest: Float64Array, given: Float64Array): number => {
      const [a, b] = [honest, given].map((p) => p.map((v, c) => v - (surrogate.answer[c] ?? 0)));
      if (a === undefined || b === undefined) return 1;
      return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
    };
    fc.assert(
      fc.property(distributions, fc.integer({ min: 0, max: CLASSES - 1 }), (honest, other) => {
        const given = widestAngle(honest, surrogate, 0.1);
        const top = topOf(honest);
        const target = new Float64Array(CLASSES);
        target[top] = 0.5;
        target[other] = (target[other] ?? 0) + 0.5;
        const share = Math.min(1, 0.1 / Math.max(1e-12, totalVariation(honest, target)));
        const rival = honest.map((p, c) => p + share * ((target[c] ?? 0) - p));
        if (topOf(rival) !== top) return;
        expect(cosine(honest, given)).toBeLessThanOrEqual(cosine(honest, rival) + 1e-4);
      }),
    );
  });
});

it("refuses budgets that are none", () => {
  for (const budgets of [
    { budget: 0.6, most: 0.5 },
    { budget: 0.2, unusual: 0.1 },
    { budget: 0, unusual: 1.1 },
  ])
    expect(() => open("keyed-noise", budgets)).toThrow(expect.objectContaining({ code: "OPTIONS_INVALID" }));
});
