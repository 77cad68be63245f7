import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
  expect(() => open("keyed-noise", { budget: 0.6, most: 0.5 })).toThrow(
    expect.objectContaining({ code: "OPTIONS_INVALID" }),
  );
});
