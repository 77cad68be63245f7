import { expect, it } from "vitest";
import { uncertainty } from "./uncertainty.js";

it("weighs rows by the trace of their Fisher information, and forgets none", () => {
  const logits = Float64Array.of(0, 0, 40, 0, Math.log(3), 0);
  const weights = uncertainty(logits, 2, "softmax");
  const mean = (0.5 + 0 + 0.375) / 3;
  for (const [i, trace] of [0.5, 0, 0.375].entries()) expect(weights[i]).toBeCloseTo(trace + mean / 4, 12);
});

it("adds up the outputs of a sigmoid each", () => {
  const weights = uncertainty(Float64Array.of(0, 0, 0, 90), 2, "sigmoid");
  expect((weights[0] ?? 0) - (weights[1] ?? 0)).toBeCloseTo(0.25, 12);
});

it("weighs rows alike where the model is sure of all", () => {
  expect([...uncertainty(Float64Array.of(900, 0, 0, 900), 2, "softmax")]).toEqual([1, 1]);
});
