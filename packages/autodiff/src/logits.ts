import type { NodeSpec } from "@indicia/onnx/build";
import type { Builder } from "./builder.js";
import { unknownValue } from "./builder.js";

/** Operators at the end of a classifier that turn scores into probabilities. */
const SQUASHING: ReadonlySet<string> = new Set(["Softmax", "LogSoftmax", "Sigmoid"]);
/** Operators that change nothing. */
const PASSING: ReadonlySet<string> = new Set(["Identity"]);

export interface Scores {
  /** Name of the value before the squashing operator, or of the output itself. */
  readonly value: string;
  /** What stands behind it. */
  readonly squashing: "Softmax" | "LogSoftmax" | "Sigmoid" | null;
}

/**
 * What an output is before a Softmax, LogSoftmax or Sigmoid at its end: the value that a loss is stable on.
 *
 * @throws AutodiffError VALUE_UNKNOWN where the graph has no such output
 */
export function scoresOf(graph: Pick<Builder, "nodes" | "outputs">, output: string): Scores {
  if (!graph.outputs.some(({ name }) => name === output)) throw unknownValue(output);
  let value = output;
  for (;;) {
    const node = producerOf(graph.nodes, value);
    const [input] = node?.inputs ?? [];
    if (node === null || input === undefined) return { value, squashing: null };
    if (SQUASHING.has(node.op)) return { value: input, squashing: node.op as Scores["squashing"] };
    if (!PASSING.has(node.op)) return { value, squashing: null };
    value = input;
  }
}

/** The node that computes a value, or null for inputs and initialisers. */
export function producerOf(nodes: readonly NodeSpec[], value: string): NodeSpec | null {
  return nodes.find(({ outputs }) => outputs.includes(value)) ?? null;
}
