import { concat, tensorProto } from "./graph-splice.js";
import { valueBytes } from "./slice-bytes.js";
import type { Tensor, ValueInfo } from "./tensor.js";
import { delimited, varintBytes } from "./wire.js";

/** Value of an attribute: a bigint or a whole number is INT, other numbers are FLOAT, lists likewise. */
export type AttributeSpec =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly bigint[]
  | Tensor
  | GraphSpec
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly strings: readonly string[] }
  | { readonly graphs: readonly GraphSpec[] };

/** Values by name: the order of a map is kept, that of a record where no name is a number. */
export type Named<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;

export interface NodeSpec {
  readonly op: string;
  /** An empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Named<AttributeSpec>;
}

export interface GraphSpec {
  readonly name?: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: Named<Tensor>;
}

export interface ModelSpec extends GraphSpec {
  /** IR version, default 8. */
  readonly ir?: number;
  /** Version of the default operator set, default 13. */
  readonly opset?: number;
  /** Versions of all operator sets by domain, "" for the default one; takes the place of `opset`. */
  readonly opsets?: ReadonlyMap<string, number>;
  readonly producer?: string;
  /** metadata_props. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** How a tensor is written: {@link tensorProto} or another function that gives a TensorProto. */
export type TensorWriter = (name: string, tensor: Tensor) => Uint8Array;

/** AttributeProto.AttributeType. */
const ATTRIBUTE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  graphs: 10,
} as const;

const encoder = new TextEncoder();

/**
 * A model as the bytes of its .onnx file; the same specification gives the same bytes.
 *
 * @param write how tensors are stored, default as raw_data
 */
export function buildModel(spec: ModelSpec, write: TensorWriter = tensorProto): Uint8Array {
  const opsets = spec.opsets ?? new Map([["", spec.opset ?? 13]]);
  return concat([
    number(1, spec.ir ?? 8),
    ...(spec.producer === undefined ? [] : [text(2, spec.producer)]),
    delimited(7, graphBytes(spec, write)),
    ...[...opsets].map(([domain, version]) => delimited(8, concat([text(1, domain), number(2, version)]))),
    ...[...(spec.metadata ?? [])].map(([key, value]) =>
      delimited(14, concat([text(1, key), text(2, value)])),
    ),
  ]);
}

function graphBytes(graph: GraphSpec, write: TensorWriter): Uint8Array {
  return concat([
    ...graph.nodes.map((node) => delimited(1, nodeBytes(node, write))),
    text(2, graph.name ?? "graph"),
    ...entries(graph.initializers).map(([name, tensor]) => delimited(5, write(name, tensor))),
    ...graph.inputs.map((value) => delimited(11, valueBytes(value))),
    ...graph.outputs.map((value) => delimited(12, valueBytes(value))),
  ]);
}

function nodeBytes(node: NodeSpec, write: TensorWriter): Uint8Array {
  return concat([
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    ...(node.name === undefined ? [] : [text(3, node.name)]),
    text(4, node.op),
    ...entries(node.attributes).map(([name, value]) => delimited(5, attributeBytes(name, value, write))),
    ...(node.domain === undefined ? [] : [text(7, node.domain)]),
  ]);
}

function entries<T>(named: Named<T> | undefined): [string, T][] {
  return named instanceof Map ? [...named] : Object.entries(named ?? {});
}

function attributeBytes(name: string, value: AttributeSpec, write: TensorWriter): Uint8Array {
  const [type, content] = attributeContent(value, write);
  return concat([text(1, name), content, number(20, type)]);
}

function attributeContent(value: AttributeSpec, write: TensorWriter): [type: number, content: Uint8Array] {
  if (typeof value === "string") return [ATTRIBUTE.string, text(4, value)];
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value)))
    return [ATTRIBUTE.int, number(3, value)];
  if (typeof value === "number") return [ATTRIBUTE.float, float(2, value)];
  if (isList(value)) {
    const whole = value.every((x) => typeof x === "bigint" || Number.isInteger(x));
    return attributeContent(whole ? { ints: value } : { floats: value.map(Number) }, write);
  }
  if ("float" in value) return [ATTRIBUTE.float, float(2, value.float)];
  if ("floats" in value) return [ATTRIBUTE.floats, concat(value.floats.map((x) => float(7, x)))];
  if ("ints" in value) return [ATTRIBUTE.ints, concat(value.ints.map((x) => number(8, x)))];
  if ("strings" in value) return [ATTRIBUTE.strings, concat(value.strings.map((x) => text(9, x)))];
  if ("graphs" in value)
    return [ATTRIBUTE.graphs, concat(value.graphs.map((graph) => delimited(11, graphBytes(graph, write))))];
  if ("nodes" in value) return [ATTRIBUTE.graph, delimited(6, graphBytes(value, write))];
  return [ATTRIBUTE.tensor, delimited(5, write("", value))];
}

function isList(value: AttributeSpec): value is readonly number[] | readonly bigint[] {
  return Array.isArray(value);
}

function text(field: number, value: string): Uint8Array {
  return delimited(field, encoder.encode(value));
}

function number(field: number, value: number | bigint): Uint8Array {
  return Uint8Array.from([...varintBytes(field * 8), ...varintBytes(value)]);
}

function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = field * 8 + 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}
