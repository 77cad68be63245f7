import { toFloat64 } from "@indicia/onnx/tensor";
import { generatedTransformer } from "@indicia/testkit/generated-models";
import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { decode } from "./decode.js";
import { invertible, orthogonal, orthogonalKeepingOnes } from "./mixing.js";
import { random } from "@indicia/autodiff/random";
import { rotate } from "./rotate.js";

const SIZE = 9;
const matrix = (values: Float64Array): Matrix => Matrix.from1DArray(SIZE, SIZE, values);
const distance = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm("frobenius");
const numbers = random(1, "mixing");

describe("matrices that mix a space", () => {
  it("are orthogonal", () => {
    for (const make of [orthogonal, orthogonalKeepingOnes]) {
      const q = matrix(make(SIZE, numbers));
      expect(distance(q.mmul(q.transpose()), Matrix.eye(SIZE))).toBeLessThan(1e-12);
    }
  });

  it("leave the vector of ones as it is where a mean is taken", () => {
    const ones = Matrix.ones(SIZE, 1);
    const q = matrix(orthogonalKeepingOnes(SIZE, numbers));
    expect(distance(q.mmul(ones), ones)).toBeLessThan(1e-12);
    expect(distance(q, Matrix.eye(SIZE))).toBeGreaterThan(1);
  });

  it("come with the transpose of their inverse", () => {
    const { matrix: m, dual } = invertible(SIZE, 0.5, numbers);
    expect(distance(matrix(m).mmul(matrix(dual).transpose()), Matrix.eye(SIZE))).toBeLessThan(1e-10);
  });

  it.each(["layer", "rms"] as const)("reach the residual stream behind %s normalisation", async (norm) => {
    const model = generatedTransformer({ norm });
    const embedding = (bytes: Uint8Array): Float64Array => {
      const tensor = decode(bytes).initializers.get("embedding");
      return tensor === undefined ? new Float64Array(0) : toFloat64(tensor);
    };
    const [before, after] = [embedding(model), embedding(await rotate(model, {}, 3))];
    const length = (values: Float64Array): number => Math.hypot(...values.subarray(0, 32));
    expect(length(after)).toBeCloseTo(length(before), 5);
    expect(after.every((x, i) => Math.abs(x - (before[i] ?? 0)) < 1e-3)).toBe(false);
  });
});
