import { expect, it } from "vitest";
import { buildModel } from "./build.js";
import { backTrace, consumers, producer } from "./navigate.js";
import { openModelBytes } from "./open.js";

it("walks back from an output over every node it needs, nearest first, each once", () => {
  const floats = { type: "float32", dims: [2] } as const;
  const { graph } = openModelBytes(
    buildModel({
      inputs: [{ name: "x", ...floats }],
      outputs: [{ name: "y", ...floats }],
      nodes: [
        { op: "Relu", inputs: ["x"], outputs: ["a"] },
        { op: "Neg", inputs: ["x"], outputs: ["unrelated"] },
        { op: "Exp", inputs: ["a"], outputs: ["b"] },
        { op: "Add", inputs: ["a", "b"], outputs: ["c"] },
        { op: "Abs", inputs: ["c"], outputs: ["y"] },
      ],
    }),
  );
  expect([...backTrace(graph, "y")].map(({ opType }) => opType)).toEqual(["Abs", "Add", "Relu", "Exp"]);
  expect(consumers(graph, "a").map(({ opType }) => opType)).toEqual(["Exp", "Add"]);
  expect(producer(graph, "x")).toBeNull();
});
