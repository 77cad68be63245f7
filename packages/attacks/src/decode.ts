import { buildModel, type TensorWriter } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import {
  type EditableAttribute,
  type EditableGraph,
  type EditableModel,
  type EditableNode,
  toSpec,
} from "@indicia/onnx/to-spec";

/**
 * A model's bytes as something to be changed.
 *
 * @throws OnnxError where they are no model, or hold what cannot be decoded
 */
export function decode(bytes: Uint8Array): EditableModel {
  return toSpec(openModelBytes(bytes));
}

export function encode(model: EditableModel, write?: TensorWriter): Uint8Array {
  return write === undefined ? buildModel(model) : buildModel(model, write);
}

/** Make a new node; attributes as in a specification. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, EditableAttribute>> = {},
  domain = "",
): EditableNode {
  return {
    op,
    domain,
    // Names have to be unique, but nobody has to have one.
    name: "",
    inputs: [...inputs],
    outputs: [...outputs],
    attributes: new Map(Object.entries(attributes)),
  };
}

/** A graph and all graphs below it. */
export function* graphsOf(graph: EditableGraph): Generator<EditableGraph, void, void> {
  yield graph;
  for (const { attributes } of graph.nodes)
    for (const attribute of attributes.values())
      for (const inner of graphsIn(attribute)) yield* graphsOf(inner);
}

/** The graphs that an attribute holds. */
export function graphsIn(attribute: EditableAttribute): EditableGraph[] {
  if (typeof attribute !== "object") return [];
  if ("nodes" in attribute) return [attribute];
  return "graphs" in attribute ? ([...attribute.graphs] as EditableGraph[]) : [];
}

/** Whether an attribute is a tensor. */
export function isTensor(attribute: EditableAttribute | undefined): attribute is Tensor {
  return typeof attribute === "object" && "data" in attribute;
}

export function isStandard({ domain }: EditableNode): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** Names of values that graphs below take from this one: they are not to be renamed or reshaped. */
export function captured(graph: EditableGraph): Set<string> {
  const names = new Set<string>();
  for (const { attributes } of graph.nodes)
    for (const attribute of attributes.values())
      for (const inner of graphsIn(attribute))
        for (const each of graphsOf(inner)) {
          for (const { inputs } of each.nodes) for (const name of inputs) names.add(name);
          for (const { name } of each.outputs) names.add(name);
        }
  return names;
}

/** Names that nothing in the model has yet. */
export function freshNames(model: EditableModel): (base: string) => string {
  const taken = new Set<string>();
  for (const graph of graphsOf(model)) {
    for (const { name } of [...graph.inputs, ...graph.outputs]) taken.add(name);
    for (const name of graph.initializers.keys()) taken.add(name);
    for (const { inputs, outputs } of graph.nodes)
      for (const name of [...inputs, ...outputs]) taken.add(name);
  }
  return (base) => {
    for (let i = 0; ; i++) {
      const name = i === 0 ? base : `${base}_${i}`;
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
}

/** From this IR version on an initialiser need not be an input as well. */
const FREE_INITIALIZERS = 4;

/** Make every Constant node of the main graph an initialiser, and forget inputs that only name one. */
export function liftConstants(model: EditableModel): void {
  liftNodes(model, new Set(model.outputs.map(({ name }) => name)));
  liftInputs(model);
}

/** Forget inputs that only name an initialiser, as old exporters had to list them. */
export function liftInputs(model: EditableModel): void {
  model.ir = Math.max(model.ir, FREE_INITIALIZERS);
  model.inputs = model.inputs.filter(({ name }) => !model.initializers.has(name));
}

/**
 * Make Constant nodes initialisers of their graph.
 *
 * @param kept values that have to be made by a node
 */
export function liftNodes(graph: EditableGraph, kept: ReadonlySet<string>): void {
  graph.nodes = graph.nodes.filter((each) => {
    const value = each.attributes.get("value");
    const [output] = each.outputs;
    const lifts = each.op === "Constant" && isStandard(each) && isTensor(value) && output !== undefined;
    if (!lifts || kept.has(output)) return true;
    graph.initializers.set(output, value);
    return false;
  });
}

/** An attribute as a number. */
export function numberOf({ attributes }: EditableNode, name: string, otherwise: number): number {
  const value = attributes.get(name);
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  return typeof value === "object" && "float" in value ? value.float : otherwise;
}

/** An attribute as a list of numbers; null where it is absent. */
export function numbersOf({ attributes }: EditableNode, name: string): number[] | null {
  const value = attributes.get(name);
  if (typeof value !== "object") return null;
  if ("ints" in value) return value.ints.map(Number);
  if ("floats" in value) return [...value.floats];
  return Array.isArray(value) ? value.map(Number) : null;
}

/** Version of the default operator set. */
export function opsetOf({ opsets }: EditableModel): number {
  return opsets.get("") ?? opsets.get("ai.onnx") ?? 1;
}
