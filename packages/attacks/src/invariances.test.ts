import { type AttributeSpec, buildModel, type NodeSpec } from "@indicia/onnx/build";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import type { Variant } from "./attack.js";
import { AttackError } from "./error.js";
import { ATTACKS } from "./index.js";
import { random } from "@indicia/autodiff/random";
import { outputChange, outputsOf } from "./test-support/run.js";

const { normal } = random(1, "invariances");

function floats(...dims: number[]): Tensor {
  return {
    type: "float32",
    dims,
    data: Float32Array.from({ length: elementCount(dims) }, () => 0.4 * normal()),
  };
}

function op(
  name: string,
  inputs: string,
  output: string,
  attributes: Record<string, AttributeSpec> = {},
): NodeSpec {
  return {
    op: name,
    inputs: inputs.split(" ").map((each) => (each === "-" ? "" : each)),
    outputs: output.split(" "),
    attributes,
  };
}

interface Shape {
  readonly name: string;
  readonly dims: readonly number[];
  readonly nodes: readonly NodeSpec[];
  readonly stored: Readonly<Record<string, Tensor>>;
  /** Attacks that find something. */
  readonly open: readonly string[];
}

const int64 = (...values: number[]): Tensor => ({
  type: "int64",
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** Structures that the generated models do not have; all end in `y`. */
const SHAPES: readonly Shape[] = [
  {
    name: "LSTM",
    dims: [5, 2, 6],
    nodes: [
      op("LSTM", "x w r b", "all last cell", { hidden_size: 8 }),
      op("Squeeze", "last zero", "flat"),
      op("MatMul", "flat out", "y"),
    ],
    stored: { w: floats(1, 32, 6), r: floats(1, 32, 8), b: floats(1, 64), zero: int64(0), out: floats(8, 3) },
    open: ["permute"],
  },
  {
    name: "GRU after a dense layer",
    dims: [5, 2, 6],
    nodes: [
      op("MatMul", "x in", "wide"),
      op("Tanh", "wide", "hidden"),
      op("GRU", "hidden w r b", "all last", { hidden_size: 8, linear_before_reset: 1 }),
      op("Squeeze", "last zero", "flat"),
      op("MatMul", "flat out", "y"),
    ],
    stored: {
      in: floats(6, 10),
      w: floats(1, 24, 10),
      r: floats(1, 24, 8),
      b: floats(1, 48),
      zero: int64(0),
      out: floats(8, 3),
    },
    open: ["permute"],
  },
  {
    name: "depthwise convolution",
    dims: [2, 3, 6, 6],
    nodes: [
      op("Conv", "x first", "a"),
      op("Relu", "a", "b"),
      op("Conv", "b each bias", "c", { group: 8, pads: [1, 1, 1, 1] }),
      op("LeakyRelu", "c", "d", { alpha: 0.1 }),
      op("Conv", "d last", "y"),
    ],
    stored: {
      first: floats(8, 3, 1, 1),
      each: floats(8, 1, 3, 3),
      bias: floats(8),
      last: floats(4, 8, 1, 1),
    },
    open: ["permute", "scale"],
  },
  {
    name: "branches of one size and of several",
    dims: [2, 6],
    nodes: [
      op("MatMul", "x a", "p"),
      op("MatMul", "x b", "q"),
      op("MatMul", "x c", "r"),
      op("Concat", "p q", "pair", { axis: 1 }),
      op("Relu", "pair", "pair2"),
      op("Concat", "pair2 r", "all", { axis: 1 }),
      op("MatMul", "pair2 d", "s"),
      op("MatMul", "all e", "t"),
      op("Add", "s t", "y"),
    ],
    stored: { a: floats(6, 8), b: floats(6, 8), c: floats(6, 5), d: floats(16, 3), e: floats(21, 3) },
    open: [],
  },
  {
    name: "fused queries, keys and values",
    dims: [2, 4, 6],
    nodes: [
      op("MatMul", "x qkv", "wide"),
      op("Split", "wide", "q k v", { axis: -1 }),
      op("Transpose", "k", "turned", { perm: [0, 2, 1] }),
      op("MatMul", "q turned", "raw"),
      op("Softmax", "raw", "weights", { axis: -1 }),
      op("MatMul", "weights v", "mixed"),
      op("MatMul", "mixed out", "y"),
    ],
    stored: { qkv: floats(6, 24), out: floats(8, 3) },
    open: ["permute", "flip", "rotate"],
  },
  {
    name: "tied weights",
    dims: [2, 6],
    nodes: [
      op("MatMul", "x w", "a"),
      op("Relu", "a", "b"),
      op("MatMul", "b w", "c"),
      op("Relu", "c", "d"),
      op("MatMul", "d out", "y"),
    ],
    stored: { w: floats(6, 6), out: floats(6, 3) },
    open: [],
  },
  {
    name: "tied inner weights",
    dims: [2, 6],
    nodes: [
      op("MatMul", "x in", "a"),
      op("Relu", "a", "b"),
      op("MatMul", "b w", "c"),
      op("Relu", "c", "d"),
      op("MatMul", "d w", "e"),
      op("Relu", "e", "f"),
      op("MatMul", "f out", "y"),
    ],
    stored: { in: floats(6, 8), w: floats(8, 8), out: floats(8, 3) },
    open: ["permute", "scale", "dummies"],
  },
  {
    name: "gate by channel",
    dims: [2, 3, 6, 6],
    nodes: [
      op("Conv", "x first", "a"),
      op("GlobalAveragePool", "a", "mean"),
      op("Conv", "mean squeeze", "s"),
      op("Relu", "s", "t"),
      op("Conv", "t excite", "u"),
      op("Sigmoid", "u", "gate"),
      op("Mul", "a gate", "b"),
      op("Conv", "b last", "y"),
    ],
    stored: {
      first: floats(8, 3, 1, 1),
      squeeze: floats(5, 8, 1, 1),
      excite: floats(8, 5, 1, 1),
      last: floats(4, 8, 1, 1),
    },
    open: ["permute", "scale", "dummies"],
  },
];

const INVARIANCES = ATTACKS.filter(({ tier, preserving }) => tier === 3 && preserving);

async function attempt(
  variant: Variant | undefined,
  bytes: Uint8Array,
  rows: Record<string, Tensor>,
): Promise<number | null> {
  try {
    const attacked = await variant?.run(bytes, 1, { rows });
    return attacked === undefined
      ? null
      : outputChange(await outputsOf(bytes, rows), await outputsOf(attacked, rows));
  } catch (error) {
    if (error instanceof AttackError && error.code === "NOTHING_TO_DO") return null;
    throw error;
  }
}

describe.each(SHAPES)("invariances of a model with $name", ({ dims, nodes, stored, open }) => {
  it("are found where there are some, and leave the function as it is", async () => {
    const bytes = buildModel({
      inputs: [{ name: "x", type: "float32", dims: [...dims] }],
      outputs: [{ name: "y", type: "float32", dims: null }],
      nodes,
      initializers: stored,
    });
    const rows = { x: floats(...dims) };
    const found: string[] = [];
    for (const { name, variants } of INVARIANCES) {
      const change = await attempt(variants.at(-1), bytes, rows);
      if (change === null) continue;
      found.push(name);
      expect(change).toBeLessThan(1e-4);
    }
    expect(found).toEqual(expect.arrayContaining([...open]));
  });
});
