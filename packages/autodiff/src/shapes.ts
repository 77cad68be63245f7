import type { Tensor } from "@indicia/onnx/tensor";
import { tensorNumbers } from "./attributes.js";
import type { Builder } from "./builder.js";
import { ELEMENTWISE } from "./shapes/elementwise.js";
import { MOVES } from "./shapes/moves.js";
import { PRODUCTS } from "./shapes/products.js";
import { SPATIAL } from "./shapes/spatial.js";
import { SUMS } from "./shapes/sums.js";
import type { Dim, ShapeRule, Value } from "./shapes/value.js";

const RULES: Readonly<Record<string, ShapeRule>> = {
  ...ELEMENTWISE,
  ...MOVES,
  ...PRODUCTS,
  ...SPATIAL,
  ...SUMS,
};

/** Tensors of integers up to this many elements may be shapes; larger ones are indices. */
const MAX_SHAPE = 64;

/**
 * Types and shapes of all values of a graph, as far as they can be told from its initialisers and the declared shapes
 * of its inputs. Sizes that cannot be told get names of their own.
 */
export function inferShapes(builder: Builder): Map<string, Value> {
  const values = new Map<string, Value>();
  let count = 0;
  const unknown = (): Dim => `?${count++}`;
  for (const { name, type, dims } of builder.inputs)
    values.set(name, { type, dims: dims?.map((dim) => dim ?? unknown()) ?? null });
  for (const [name, tensor] of builder.initializers) values.set(name, valueOf(tensor));
  for (const node of builder.nodes) {
    const inputs = node.inputs.map((name) =>
      name === "" ? null : (values.get(name) ?? { type: null, dims: null }),
    );
    const standard = node.domain === undefined || node.domain === "" || node.domain === "ai.onnx";
    const rule = standard ? RULES[node.op] : undefined;
    const results = rule?.({ node, opset: builder.opset, inputs, unknown }) ?? [];
    for (const [at, name] of node.outputs.entries())
      if (name !== "") values.set(name, results[at] ?? { type: null, dims: null });
  }
  return values;
}

function valueOf(tensor: Tensor): Value {
  const { type, dims } = tensor;
  const small = (type === "int64" || type === "int32") && dims.length <= 1 && (dims[0] ?? 1) <= MAX_SHAPE;
  const ints = small ? tensorNumbers(tensor) : null;
  return ints === null ? { type, dims } : { type, dims, ints };
}
