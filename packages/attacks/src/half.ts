import { elementCount, type ElementType, ELEMENT_TYPES, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableGraph, EditableModel } from "@indicia/onnx/to-spec";
import { decode, encode, freshNames, graphsOf, isTensor, liftConstants, node, opsetOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { withFloats } from "./floats.js";
import { isOp } from "./graph-links.js";

export interface HalfOptions {
  /** What the weights are stored as. */
  readonly type: "float16" | "bfloat16";
  /** Whether the whole graph computes in float16, or only its weights are stored so and cast at use. */
  readonly graph: boolean;
}

/** Smaller tensors are not worth a Cast. */
const MINIMUM = 16;
/** From this operator set on Cast knows bfloat16. */
const BFLOAT_CAST = 13;

/**
 * Weights lose half of their bits. Inputs and outputs keep their types.
 *
 * @throws AttackError NOTHING_TO_DO where no weight is float32, or the operator set is too old for bfloat16
 */
export function half(bytes: Uint8Array, options: HalfOptions): Uint8Array {
  const model = decode(bytes);
  liftConstants(model);
  if (options.type === "bfloat16" && opsetOf(model) < BFLOAT_CAST)
    throw nothingToDo("operators for bfloat16");
  if (options.graph) halveGraph(model);
  else halveWeights(model, options.type);
  return encode(model);
}

function halveWeights(model: EditableModel, type: "float16" | "bfloat16"): void {
  const fresh = freshNames(model);
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const wide = [...model.initializers].filter(
    ([name, tensor]) =>
      tensor.type === "float32" && elementCount(tensor.dims) >= MINIMUM && !outputs.has(name),
  );
  if (wide.length === 0) throw nothingToDo("float32 weights");
  const casts = wide.map(([name, tensor]) => {
    const stored = fresh(`${name}_${type}`);
    model.initializers.delete(name);
    model.initializers.set(stored, as(tensor, type));
    return node("Cast", [stored], [name], { to: code("float32") });
  });
  model.nodes.unshift(...casts);
}

function as(tensor: Tensor, type: ElementType): Tensor {
  return withFloats({ ...tensor, type }, toFloat64(tensor));
}

function code(type: ElementType): bigint {
  return BigInt(ELEMENT_TYPES.indexOf(type));
}

function halveGraph(model: EditableModel): void {
  const fresh = freshNames(model);
  for (const graph of graphsOf(model)) halveOne(graph, graph === model);
  const casts = model.inputs
    .filter(({ type }) => type === "float32")
    .map(({ name }) => [name, fresh(`${name}_half`)] as const);
  const results = model.outputs
    .filter(({ type }) => type === "float32")
    .map(({ name }) => [name, fresh(`${name}_half`)] as const);
  const names = new Map([...casts, ...results]);
  const renamed = (name: string): string => names.get(name) ?? name;
  for (const graph of graphsOf(model)) {
    for (const each of graph.nodes) {
      each.inputs = each.inputs.map(renamed);
      each.outputs = each.outputs.map(renamed);
    }
    if (graph !== model)
      graph.outputs = graph.outputs.map((value) => ({ ...value, name: renamed(value.name) }));
  }
  model.nodes.unshift(...casts.map(([from, to]) => node("Cast", [from], [to], { to: code("float16") })));
  model.nodes.push(...results.map(([to, from]) => node("Cast", [from], [to], { to: code("float32") })));
}

/** Every float32 in a graph becomes float16, but for what operators want as float32. */
function halveOne(graph: EditableGraph, main: boolean): void {
  const kept = new Set(
    graph.nodes.flatMap((each) => (isOp(each, "Resize", "Upsample") ? each.inputs.slice(1) : [])),
  );
  for (const [name, tensor] of graph.initializers)
    if (tensor.type === "float32" && !kept.has(name)) graph.initializers.set(name, as(tensor, "float16"));
  for (const each of graph.nodes) {
    for (const [name, value] of each.attributes) {
      if (isTensor(value) && value.type === "float32") each.attributes.set(name, as(value, "float16"));
      else if ((name === "to" || name === "dtype") && value === code("float32"))
        each.attributes.set(name, code("float16"));
    }
  }
  if (main) return;
  const halved = (value: EditableGraph["inputs"][number]): typeof value =>
    value.type === "float32" ? { ...value, type: "float16" } : value;
  graph.inputs = graph.inputs.map(halved);
  graph.outputs = graph.outputs.map(halved);
}
