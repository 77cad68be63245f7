import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { random } from "@indicia/autodiff/random";
import { leading } from "./singular.js";

describe("leading singular directions", () => {
  it.each([
    [12, 7],
    [7, 12],
  ])("of a %i x %i matrix leave what the small singular values hold", async (rows, columns) => {
    const { normal } = random(1, "matrix");
    const matrix = Float64Array.from({ length: rows * columns }, normal);
    const { left, right } = await leading(matrix, rows, columns, 4);
    const product = Matrix.from1DArray(rows, 4, left).mmul(Matrix.from1DArray(4, columns, right));
    const rest = Matrix.sub(Matrix.from1DArray(rows, columns, matrix), product).norm("frobenius");
    const svd = new SingularValueDecomposition(Matrix.from1DArray(rows, columns, matrix), {
      autoTranspose: true,
    });
    expect(rest).toBeCloseTo(Math.hypot(...svd.diagonal.slice(4)), 8);
  });
});
