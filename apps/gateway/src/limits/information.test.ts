import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutputPolicy } from "../defences/output-policy.js";
import { bitsDeclared, bitsShown, type ShownScores } from "./information.js";

const scores: fc.Arbitrary<ShownScores> = fc.record({
  classes: fc.integer({ min: 2, max: 1000 }),
  scale: fc.constantFrom("logits", "probabilities"),
});
const LABELS: OutputPolicy = { kind: "labels" };
const FULL: OutputPolicy = { kind: "full" };
const top = (k: number): OutputPolicy => ({ kind: "top-k", k });
const round = (decimals: number): OutputPolicy => ({ kind: "round", decimals });

describe("policies in their order", () => {
  it("labels tell least, everything most, and more of either kind never less", () => {
    fc.assert(
      fc.property(
        scores,
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 8 }),
        (of, k, decimals) => {
          const [least, most] = [bitsShown(LABELS, of), bitsShown(FULL, of)];
          for (const [less, more] of [
            [top(k), top(k + 1)],
            [round(decimals), round(decimals + 1)],
          ] as const) {
            const [a, b] = [bitsShown(less, of), bitsShown(more, of)];
            // The number of ways to choose k of m falls beyond m/2, but 24 more bits outweigh it.
            expect(least).toBeLessThanOrEqual(a);
            expect(a).toBeLessThanOrEqual(b + 1e-9);
            expect(b).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });
});

describe("figures", () => {
  const ten: ShownScores = { classes: 10, scale: "probabilities" };
  it.each([
    ["a label of ten", LABELS, ten, Math.log2(10)],
    ["a probability of two, in hundredths", round(2), { ...ten, classes: 2 }, Math.log2(101)],
    ["ten probabilities, in tenths: C(19, 9)", round(1), ten, Math.log2(92_378)],
    ["one of ten and its value", top(1), ten, Math.log2(10) + 24],
    ["everything: nine are free", FULL, ten, 216],
    ["ten logits", FULL, { ...ten, scale: "logits" }, 240],
    ["whole logits", round(0), { ...ten, scale: "logits" }, 10 * Math.log2(65)],
  ] as const)("%s", (_, policy, of, bits) => {
    expect(bitsShown(policy, of)).toBeCloseTo(bits, 9);
  });

  it("what is only declared counts as logits under the policy, or by its values", () => {
    const declared = [
      { name: "y", type: "float32", dims: ["N", 10] },
      { name: "boxes", type: "int64", dims: ["N", 3, "M"] },
    ] as const;
    expect(bitsDeclared(LABELS, declared)).toBeCloseTo(Math.log2(10) + 72, 9);
    expect(bitsDeclared(FULL, [])).toBe(1);
  });
});
