import { malformed, NOT_A_MODEL, OnnxError } from "./error.js";
import { indexTensor } from "./index-tensor.js";
import { constantTensor } from "./index-constant.js";
import { readAttribute } from "./index-attribute.js";
import { MAX_GRAPH_DEPTH, MAX_NODE_VALUES, MAX_NODES } from "./limits.js";
import type { Attribute, Enclosing, Graph, Node, TensorEntry } from "./model.js";
import type { ByteSource } from "./source.js";
import { ELEMENT_TYPES, type ValueInfo } from "./tensor.js";
import { type ByteRange, type Field, fields, message, text } from "./wire.js";

/** What grows while a file is indexed. */
export interface IndexState {
  readonly source: ByteSource;
  readonly graphs: Graph[];
  readonly tensors: TensorEntry[];
  readonly ids: Set<string>;
  nodes: number;
}

export interface GraphPlace {
  readonly field: Field;
  readonly path: string;
  readonly parent: Graph["parent"];
  readonly around: readonly Enclosing[];
  readonly depth: number;
  readonly isFunction?: boolean;
}

/** Field numbers of GraphProto and FunctionProto, which hold the same things under other numbers. */
const GRAPH_FIELDS = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const FUNCTION_FIELDS = { node: 7, name: 1, initializer: -1, input: 4, output: 5 } as const;

/** Index a graph and all graphs below it. */
export function indexGraph(state: IndexState, place: GraphPlace): Graph {
  if (place.depth > MAX_GRAPH_DEPTH) {
    throw new OnnxError("ONNX_TOO_DEEP", `graphs are nested deeper than ${MAX_GRAPH_DEPTH}`, NOT_A_MODEL);
  }
  const range = message(place.field, "graph");
  const numbers = place.isFunction === true ? FUNCTION_FIELDS : GRAPH_FIELDS;
  const enclosing = [...place.around, enclosingOf(place.field)];
  const nodes: Node[] = [];
  const initializers: TensorEntry[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const graph = {
    path: place.path,
    name: "",
    inputs,
    outputs,
    nodes,
    initializers,
    parent: place.parent,
    enclosing,
  };
  state.graphs.push(graph);
  const { source } = state;
  for (const field of fields(source, range)) {
    if (field.number === numbers.node) {
      if (++state.nodes > MAX_NODES)
        throw new OnnxError("ONNX_LIMIT", `more than ${MAX_NODES} nodes`, NOT_A_MODEL);
      nodes.push(indexNode(state, graph, field, place.depth));
    } else if (field.number === numbers.name) graph.name = text(source, field, "graph name");
    else if (field.number === numbers.initializer) {
      initializers.push(
        indexTensor(state, { graph, field, around: enclosing, name: null, constantNode: null }),
      );
    } else if (field.number === numbers.input || field.number === numbers.output) {
      const list = field.number === numbers.input ? inputs : outputs;
      list.push(place.isFunction === true ? untyped(text(source, field, "value")) : valueInfo(source, field));
    }
  }
  return graph;
}

export function enclosingOf(field: Field): Enclosing {
  return {
    length: { start: field.afterTag, end: field.content },
    content: { start: field.content, end: field.end },
  };
}

function indexNode(state: IndexState, graph: Graph, field: Field, depth: number): Node {
  const { source } = state;
  const enclosing = [...graph.enclosing, enclosingOf(field)];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const inputRanges: ByteRange[] = [];
  const attributes = new Map<string, Attribute>();
  const attributeFields: Field[] = [];
  const node = {
    index: graph.nodes.length,
    name: "",
    opType: "",
    domain: "",
    inputs,
    outputs,
    attributes,
    graph,
    inputRanges,
    enclosing,
  };
  for (const part of fields(source, message(field, "node"))) {
    if (part.number === 1) {
      inputs.push(text(source, part, "input name"));
      inputRanges.push({ start: part.start, end: part.end });
    } else if (part.number === 2) outputs.push(text(source, part, "output name"));
    else if (part.number === 3) node.name = text(source, part, "node name");
    else if (part.number === 4) node.opType = text(source, part, "op type");
    else if (part.number === 7) node.domain = text(source, part, "domain");
    else if (part.number === 5) attributeFields.push(part);
    if (inputs.length > MAX_NODE_VALUES || outputs.length > MAX_NODE_VALUES) {
      throw new OnnxError("ONNX_LIMIT", `a node has more than ${MAX_NODE_VALUES} values`, NOT_A_MODEL);
    }
  }
  for (const part of attributeFields) {
    const { name, attribute } = readAttribute(state, { node, field: part, around: enclosing, depth });
    attributes.set(name, attribute);
    const constant = node.opType === "Constant" ? constantTensor(state, node, name, attribute) : null;
    if (constant !== null) attributes.set(name, { kind: "tensor", value: constant });
  }
  return node;
}

function valueInfo(source: ByteSource, field: Field): ValueInfo {
  let name = "";
  let type: ValueInfo["type"] = null;
  let dims: ValueInfo["dims"] = null;
  for (const part of fields(source, message(field, "value"))) {
    if (part.number === 1) name = text(source, part, "value name");
    else if (part.number === 2) {
      for (const kind of fields(source, message(part, "type"))) {
        if (kind.number !== 1) continue;
        for (const inner of fields(source, message(kind, "tensor type"))) {
          if (inner.number === 1 && inner.wire === 0) type = ELEMENT_TYPES[Number(inner.value)] ?? null;
          else if (inner.number === 2) dims = shape(source, inner);
        }
      }
    }
  }
  return { name, type, dims };
}

function shape(source: ByteSource, field: Field): (number | string | null)[] {
  const dims: (number | string | null)[] = [];
  for (const dim of fields(source, message(field, "shape"))) {
    if (dim.number !== 1) continue;
    let size: number | string | null = null;
    for (const part of fields(source, message(dim, "dimension"))) {
      if (part.number === 1 && part.wire === 0) size = Number(BigInt.asIntN(64, part.value));
      else if (part.number === 2) size = text(source, part, "symbolic dimension") || null;
    }
    if (typeof size === "number" && size < 0) throw malformed(`a value has the dimension ${size}`);
    dims.push(size);
    if (dims.length > 64) throw malformed("a value has more than 64 dimensions");
  }
  return dims;
}

function untyped(name: string): ValueInfo {
  return { name, type: null, dims: null };
}
