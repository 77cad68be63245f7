import type { NodeSpec } from "@indicia/onnx/build";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { Builder } from "./builder.js";
import { splicing } from "./splicing.js";

const SEED = "training.seed";
/** A prime below 2^31, so that products of remainders fit 64 bits. */
const PRIME = 2_147_483_647;
/** A primitive root of the prime (S. Park and K. Miller, "Random number generators", 1988). */
const ROOT = 48_271;
/** Squarings that leave no trace of the order of the positions. */
const ROUNDS = 3;

/**
 * Let the Dropout nodes of a graph drop: each becomes a product with a mask that depends on an input, the step's seed,
 * and on the place of the element. The runtime's own generator could not be put back to where it was at a checkpoint.
 */
export function activateDropout(builder: Builder): void {
  builder.inputs.push({ name: SEED, type: "int64", dims: [] });
  let salt = 0;
  for (const node of builder.nodes.filter(({ op }) => op === "Dropout")) {
    const ratio = ratioOf(builder, node);
    if (ratio <= 0 || ratio >= 1) continue;
    salt += 7_368_787;
    const offset = salt;
    splicing(builder, node, () => masked(builder, node, ratio, offset));
  }
}

/** The step's seed as the input of {@link activateDropout}. */
export function dropoutFeeds(seed: number): Record<string, Tensor> {
  return { [SEED]: { type: "int64", dims: [], data: BigInt64Array.of(BigInt(seed)) } };
}

function masked(builder: Builder, node: NodeSpec, ratio: number, salt: number): NodeSpec {
  const { add, constant } = builder;
  const whole = (value: number): string => constant(value, "int64");
  const [data = ""] = node.inputs;
  const shape = add("Shape", [data]);
  const count = add("ReduceProd", [shape], { keepdims: 0 });
  const places = add("Range", [whole(0), count, whole(1)]);
  let value = add("Add", [add("Mul", [places, whole(ROOT)]), add("Add", [SEED, whole(salt)])]);
  for (let i = 0; i < ROUNDS; i++) {
    value = add("Mod", [value, whole(PRIME)]);
    value = add("Add", [add("Mul", [value, value]), add("Mul", [value, whole(ROOT)])]);
  }
  const uniform = add("Mod", [value, whole(PRIME)]);
  const kept = add("GreaterOrEqual", [uniform, whole(Math.round(ratio * PRIME))]);
  const mask = add("Mul", [add("Cast", [kept], { to: 1 }), constant(1 / (1 - ratio))]);
  return { op: "Mul", inputs: [data, add("Reshape", [mask, shape])], outputs: node.outputs.slice(0, 1) };
}

/** Of an input since operator set 12; 0.5 where none is given. */
function ratioOf(builder: Builder, { inputs }: NodeSpec): number {
  const name = inputs[1];
  if (name === undefined || name === "") return 0.5;
  const stored = builder.initializers.get(name);
  return stored === undefined ? 0 : (toFloat64(stored)[0] ?? 0);
}
