import { randomNumbers } from "@indicia/data/random-numbers";
import { describe, expect, it } from "vitest";
import { fitLogistic, fitSharpness } from "./logistic.js";

const CLASSES = 3;
const FEATURES = 2;

/** Labels drawn from the model z = W^T h + b itself. */
function draw(
  count: number,
  weights: readonly number[],
  bias: readonly number[],
): {
  features: Float32Array;
  labels: Int32Array;
  logits: Float32Array;
} {
  const numbers = randomNumbers("logistic");
  const features = new Float32Array(count * FEATURES).map(() => 3 * numbers.normal() + 5);
  const logits = new Float32Array(count * CLASSES);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const powers: number[] = [];
    for (let c = 0; c < CLASSES; c++) {
      let z = bias[c] ?? 0;
      for (let j = 0; j < FEATURES; j++)
        z += (features[i * FEATURES + j] ?? 0) * (weights[j * CLASSES + c] ?? 0);
      logits[i * CLASSES + c] = z;
      powers.push(Math.exp(z));
    }
    let left = numbers.uniform() * powers.reduce((sum, power) => sum + power, 0);
    labels[i] = powers.findIndex((power) => (left -= power) < 0);
  }
  return { features, labels, logits };
}

const WEIGHTS = [0.5, -0.25, -0.25, -0.3, 0.4, -0.1];
const BIAS = [-1, -0.5, 1.5];

describe("fitLogistic", () => {
  it("recovers the model that the labels were drawn from", async () => {
    const data = draw(20_000, WEIGHTS, BIAS);
    const fitted = await fitLogistic(data, { classes: CLASSES, ridge: 1e-6, iterations: 100 });
    // Adding the same to every class changes nothing: compare differences between classes.
    for (let j = 0; j < FEATURES; j++) {
      for (const c of [1, 2]) {
        const found = (fitted.weights[j * CLASSES + c] ?? 0) - (fitted.weights[j * CLASSES] ?? 0);
        expect(found).toBeCloseTo((WEIGHTS[j * CLASSES + c] ?? 0) - (WEIGHTS[j * CLASSES] ?? 0), 1);
      }
    }
    for (const c of [1, 2]) {
      expect(
        Math.abs((fitted.bias[c] ?? 0) - (fitted.bias[0] ?? 0) - (BIAS[c] ?? 0) + (BIAS[0] ?? 0)),
      ).toBeLessThan(0.2);
    }
  });

  it("shrinks under the penalty", async () => {
    const data = draw(1000, WEIGHTS, BIAS);
    const size = async (ridge: number): Promise<number> => {
      const { weights } = await fitLogistic(data, { classes: CLASSES, ridge, iterations: 100 });
      return weights.reduce((sum, weight) => sum + weight * weight, 0);
    };
    expect(await size(1)).toBeLessThan((await size(1e-6)) / 4);
  });

  it("gives the same numbers again", async () => {
    const data = draw(500, WEIGHTS, BIAS);
    const options = { classes: CLASSES, ridge: 1e-3, iterations: 20 };
    expect(await fitLogistic(data, options)).toEqual(await fitLogistic(data, options));
  });
});

describe("fitSharpness", () => {
  it.each([0.25, 1, 4])("finds the factor that undoes a wrong temperature of %f", (temperature) => {
    const { logits, labels } = draw(20_000, WEIGHTS, BIAS);
    const found = fitSharpness(
      logits.map((z) => z * temperature),
      labels,
    );
    expect(Math.abs(found * temperature - 1)).toBeLessThan(0.05);
  });
});
