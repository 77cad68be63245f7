import type { AttributeSpec, GraphSpec, ModelSpec } from "./build.js";
import { OnnxError } from "./error.js";
import type { Attribute, Graph, Node, OnnxModel } from "./model.js";
import { readTensor } from "./read-tensor.js";
import type { Tensor, ValueInfo } from "./tensor.js";

/** A node whose parts may be changed. */
export interface LooseNode {
  op: string;
  domain: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, AttributeSpec>;
}

/** A model taken apart, whole in memory, every part of which may be changed; see `buildModel` for the way back. */
export interface LooseModel {
  ir: number;
  opsets: Map<string, number>;
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  nodes: LooseNode[];
  /** Stored tensors of the main graph, those of Constant nodes among them. */
  tensors: Map<string, Tensor>;
}

/**
 * Take a model apart. Constant nodes of the main graph become stored tensors; names of nodes and values stay, and what
 * only describes the model (documentation, metadata, shapes of inner values) is left out.
 *
 * @throws OnnxError EDIT_UNSUPPORTED for functions and attributes that are not numbers, text, tensors or graphs; and
 *   those of reading tensors
 */
export function decodeModel(model: OnnxModel): LooseModel {
  if (model.graphs.some((graph) => graph.path.startsWith("function:")))
    throw unsupported("functions of its own");
  const { graph } = model;
  const tensors = new Map(graph.initializers.map((entry) => [entry.name, readTensor(model, entry)]));
  const nodes: LooseNode[] = [];
  for (const node of graph.nodes) {
    const constant = node.opType === "Constant" ? node.attributes.get("value") : undefined;
    if (constant?.kind === "tensor") tensors.set(node.outputs[0] ?? "", readTensor(model, constant.value));
    else nodes.push(looseNode(model, node));
  }
  return {
    ir: model.irVersion,
    opsets: new Map(model.opsets),
    inputs: graph.inputs.filter(({ name }) => !tensors.has(name)),
    outputs: [...graph.outputs],
    nodes,
    tensors,
  };
}

/** A model taken apart, as `buildModel` takes it. */
export function specOf({ ir, opsets, inputs, outputs, nodes, tensors }: LooseModel): ModelSpec {
  const others = [...opsets].filter(([domain]) => domain !== "");
  return {
    ir,
    opset: opsets.get("") ?? 13,
    opsets: Object.fromEntries(others),
    inputs,
    outputs,
    nodes,
    initializers: Object.fromEntries(tensors),
  };
}

function looseNode(model: OnnxModel, node: Node): LooseNode {
  const attributes = [...node.attributes].map(
    ([name, value]) => [name, attributeOf(model, node, value)] as const,
  );
  return {
    op: node.opType,
    domain: node.domain,
    name: node.name,
    inputs: [...node.inputs],
    outputs: [...node.outputs],
    attributes: Object.fromEntries(attributes),
  };
}

function attributeOf(model: OnnxModel, node: Node, attribute: Attribute): AttributeSpec {
  switch (attribute.kind) {
    case "int":
      return BigInt(attribute.value);
    case "float":
      return { float: Number(attribute.value) };
    case "string":
    case "strings":
      return attribute.value;
    case "ints":
      return attribute.value.map(BigInt);
    case "floats":
      return { floats: attribute.value.map(Number) };
    case "tensor":
      return readTensor(model, attribute.value);
    case "graph":
      return graphOf(model, attribute.value);
    case "graphs":
    case "other":
      throw unsupported(`an attribute of ${node.opType}`);
  }
}

function graphOf(model: OnnxModel, graph: Graph): GraphSpec {
  return {
    name: graph.name,
    inputs: graph.inputs,
    outputs: graph.outputs,
    nodes: graph.nodes.map((node) => looseNode(model, node)),
    initializers: Object.fromEntries(
      graph.initializers.map((entry) => [entry.name, readTensor(model, entry)]),
    ),
  };
}

function unsupported(what: string): OnnxError {
  return new OnnxError(
    "EDIT_UNSUPPORTED",
    `a model with ${what} cannot be taken apart`,
    "Simplify the model first, for example with onnxsim.",
  );
}
