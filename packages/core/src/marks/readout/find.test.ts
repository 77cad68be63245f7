import { readFileSync } from "node:fs";
import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { noReadout, UNREADABLES } from "@indicia/testkit/no-readout";
import { sharedMissing, sharedPath } from "@indicia/testkit/shared-path";
import { LINKS, TAILS, tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { describe, expect, it } from "vitest";
import { findReadout } from "./find.js";
import { effectiveWeights } from "./open-weights.js";

const EVERY = TAILS.flatMap((tail) => LINKS.map((link) => ({ tail, link })));

it.each(EVERY)("finds a $tail read-out followed by $link", ({ tail, link }) => {
  const truth = tinyClassifier({ tail, link });
  const opened = openModelBytes(truth.bytes);
  const found = findReadout(opened);
  if ("refusal" in found) throw new Error(found.refusal);
  const { output, feature, features, classes } = truth;
  expect(found).toMatchObject({ output, feature, features, classes });
  expect(found.tail).toBe(link === "spelled-softmax" ? "softmax" : link);
  const effective = effectiveWeights(opened, found);
  for (let c = 0; c < classes; c++)
    for (let j = 0; j < features; j++)
      expect(effective[c * features + j]).toBeCloseTo(truth.weights[j * classes + c] ?? Number.NaN, 5);
  expect(found.bias === null).toBe(truth.bias === null);
  expect(found.pooling).toBe(truth.pooled ? "mean" : "none");
});

it("finds it whatever the batch axis is called or fixed to", () => {
  for (const batch of ["N", "rows", 1, 8]) {
    expect(findReadout(openModelBytes(tinyClassifier({ batch }).bytes))).toMatchObject({
      features: 24,
      classes: 7,
    });
  }
});

it.each(UNREADABLES)("refuses a model that ends in %s, and says why", (kind) => {
  const found = findReadout(openModelBytes(noReadout(kind).bytes));
  expect(found).toEqual({ refusal: expect.stringMatching(/^output ".+": .+/) });
});

describe("a last layer that cannot be edited alone", () => {
  const matrix: Tensor = { type: "float32", dims: [3, 3], data: new Float32Array(9).fill(1) };
  const refusalOf = (nodes: NodeSpec[], weights: Tensor = matrix): string => {
    const value = { type: "float32" as const, dims: ["N", 3] };
    const bytes = buildModel({
      inputs: [{ name: "x", ...value }],
      outputs: [{ name: "y", ...value }],
      nodes,
      initializers: { w: weights },
    });
    const found = findReadout(openModelBytes(bytes));
    return "refusal" in found ? found.refusal : "";
  };
  const matmul = (a: string, b: string, y: string): NodeSpec => ({
    op: "MatMul",
    inputs: [a, b],
    outputs: [y],
  });

  it.each([
    ["weights that two nodes share", [matmul("x", "w", "h"), matmul("h", "w", "y")], "shared"],
    [
      "weights computed at run time",
      [{ op: "Abs", inputs: ["w"], outputs: ["v"] }, matmul("x", "v", "y")],
      "run time",
    ],
    [
      "two computed values added",
      [matmul("x", "w", "h"), { op: "Add", inputs: ["h", "x"], outputs: ["y"] }],
      "run time|adds two",
    ],
    [
      "a transposed feature",
      [{ op: "Gemm", inputs: ["x", "w"], outputs: ["y"], attributes: { transA: 1 } }],
      "transA",
    ],
  ] satisfies [string, NodeSpec[], string][])("%s", (_, nodes, reason) => {
    expect(refusalOf(nodes)).toMatch(new RegExp(reason));
  });

  it("weights of whole numbers", () => {
    const whole: Tensor = { type: "int8", dims: [3, 3], data: new Int8Array(9) };
    expect(refusalOf([matmul("x", "w", "y")], whole)).toContain("int8");
  });
});

describe.skipIf(sharedMissing)("models made elsewhere", () => {
  it.each([
    ["magika_standard_v3_3.onnx", { features: 512, classes: 214, tail: "softmax" }],
    ["magika_standard_v1.onnx", { features: 256, classes: 113, tail: "softmax" }],
  ])("%s", (name, expected) => {
    expect(findReadout(openModelBytes(readFileSync(sharedPath("models", name))))).toMatchObject(expected);
  });
});
