import type { AttributeSpec, GraphSpec, NodeSpec } from "./build.js";
import { OnnxError } from "./error.js";
import type { Attribute, Graph, Node, OnnxModel, TensorEntry } from "./model.js";
import { readPacked } from "./read-packed.js";
import { readTensor } from "./read-tensor.js";
import type { Tensor, ValueInfo } from "./tensor.js";
import { type ByteRange, fields, message, text } from "./wire.js";

export type EditableAttribute = Exclude<AttributeSpec, GraphSpec> | EditableGraph;

/** A node that can be changed in place. */
export interface EditableNode extends NodeSpec {
  op: string;
  domain: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, EditableAttribute>;
}

/** A graph whose lists and maps can be changed in place; its tensors are not to be written into. */
export interface EditableGraph extends GraphSpec {
  name: string;
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  nodes: EditableNode[];
  initializers: Map<string, Tensor>;
}

/** A whole model, decoded; {@link buildModel} makes a file of it again. */
export interface EditableModel extends EditableGraph {
  ir: number;
  opsets: Map<string, number>;
  producer: string;
  metadata: Map<string, string>;
}

/** Field numbers of ModelProto that hold more than a graph. */
const MODEL_FIELDS: ReadonlyMap<number, string> = new Map([
  [20, "training information"],
  [25, "functions"],
]);
/** Field numbers of GraphProto that are not decoded. */
const GRAPH_FIELDS: ReadonlyMap<number, string> = new Map([
  [14, "quantisation annotations"],
  [15, "sparse initialisers"],
]);
const METADATA = 14;

/**
 * Decode a model, its tensors included, so that its graphs can be changed and built again. Documentation strings and
 * the shapes noted for inner values are left behind. The short forms of Constant become tensors.
 *
 * @throws OnnxError SPEC_UNSUPPORTED for functions, sparse tensors, quantisation annotations, and inputs or outputs
 *   that are no tensors; those of {@link readTensor}
 */
export function toSpec(model: OnnxModel): EditableModel {
  const { source } = model;
  const metadata = new Map<string, string>();
  for (const field of fields(source, { start: 0, end: source.size })) {
    refuse(MODEL_FIELDS.get(field.number));
    if (field.number !== METADATA) continue;
    const [key, value] = pair(model, message(field, "metadata"));
    metadata.set(key, value);
  }
  return {
    ...graphOf(model, model.graph),
    ir: model.irVersion,
    opsets: new Map(model.opsets),
    producer: model.producer,
    metadata,
  };
}

function pair({ source }: OnnxModel, range: ByteRange): [string, string] {
  const out: [string, string] = ["", ""];
  for (const part of fields(source, range)) {
    if (part.number === 1) out[0] = text(source, part, "metadata");
    if (part.number === 2) out[1] = text(source, part, "metadata", part.end);
  }
  return out;
}

function graphOf(model: OnnxModel, graph: Graph): EditableGraph {
  const range = graph.enclosing.at(-1)?.content ?? { start: 0, end: 0 };
  for (const { number } of fields(model.source, range)) refuse(GRAPH_FIELDS.get(number));
  if (graph.parent === null) {
    for (const { name, type } of [...graph.inputs, ...graph.outputs])
      if (type === null) refuse(`the value "${name}", which is no tensor,`);
  }
  return {
    name: graph.name,
    inputs: [...graph.inputs],
    outputs: [...graph.outputs],
    nodes: graph.nodes.map((node) => nodeOf(model, node)),
    initializers: new Map(graph.initializers.map((entry) => [entry.name, tensorOf(model, entry)])),
  };
}

function nodeOf(model: OnnxModel, node: Node): EditableNode {
  const attributes = new Map<string, EditableAttribute>();
  for (const [name, attribute] of node.attributes) {
    const short = attribute.kind === "tensor" && attribute.value.storage.kind === "attribute";
    attributes.set(short ? "value" : name, attributeOf(model, node, name, attribute));
  }
  const { opType: op, domain, name, inputs, outputs } = node;
  return { op, domain, name, inputs: [...inputs], outputs: [...outputs], attributes };
}

function attributeOf(model: OnnxModel, node: Node, name: string, attribute: Attribute): EditableAttribute {
  switch (attribute.kind) {
    case "float":
      return { float: Number(attribute.value) };
    case "int":
      return BigInt(attribute.value);
    case "string":
      return attribute.value;
    case "floats":
      return { floats: attribute.value.map(Number) };
    case "ints":
      return { ints: attribute.value };
    case "strings":
      return { strings: attribute.value };
    case "tensor":
      return tensorOf(model, attribute.value);
    case "graph":
      return graphOf(model, attribute.value);
    case "graphs":
      return { graphs: attribute.value.map((graph) => graphOf(model, graph)) };
    case "other":
      throw unsupported(`the attribute "${name}" of a ${node.opType}`);
  }
}

function tensorOf(model: OnnxModel, entry: TensorEntry): Tensor {
  return readPacked(model, entry) ?? readTensor(model, entry);
}

function refuse(what: string | undefined): void {
  if (what !== undefined) throw unsupported(what);
}

function unsupported(what: string): OnnxError {
  return new OnnxError(
    "SPEC_UNSUPPORTED",
    `${what} cannot be decoded`,
    "Export the model without functions, sparse tensors and quantisation annotations.",
  );
}
