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
  | readonly string[]
  | Tensor
  | GraphSpec
  | { readonly float: number }
  | { readonly floats: readonly number[] };

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
}

export interface GraphSpec {
  readonly name?: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: Readonly<Record<string, Tensor>>;
  /** How the numbers of float32 initialisers are stored, default `raw_data`. */
  readonly floatStorage?: "raw_data" | "float_data";
}

export interface ModelSpec extends GraphSpec {
  /** IR version, default 8. */
  readonly ir?: number;
  /** Version of the default operator set, default 13. */
  readonly opset?: number;
  /** Versions of further operator sets, by domain. */
  readonly opsets?: Readonly<Record<string, number>>;
}

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
} as const;

const encoder = new TextEncoder();

/** A small model as the bytes of its .onnx file; the same specification gives the same bytes. */
export function buildModel(spec: ModelSpec): Uint8Array {
  const opsets = Object.entries({ "": spec.opset ?? 13, ...spec.opsets });
  return concat([
    number(1, spec.ir ?? 8),
    delimited(7, graphBytes(spec)),
    ...opsets.map(([domain, version]) => delimited(8, concat([text(1, domain), number(2, version)]))),
  ]);
}

function graphBytes(graph: GraphSpec): Uint8Array {
  return concat([
    ...graph.nodes.map((node) => delimited(1, nodeBytes(node))),
    text(2, graph.name ?? "graph"),
    ...Object.entries(graph.initializers ?? {}).map(([name, tensor]) =>
      delimited(5, tensorProto(name, tensor, graph.floatStorage)),
    ),
    ...graph.inputs.map((value) => delimited(11, valueBytes(value))),
    ...graph.outputs.map((value) => delimited(12, valueBytes(value))),
  ]);
}

function nodeBytes(node: NodeSpec): Uint8Array {
  return concat([
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    ...(node.name === undefined ? [] : [text(3, node.name)]),
    text(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) =>
      delimited(5, attributeBytes(name, value)),
    ),
    ...(node.domain === undefined ? [] : [text(7, node.domain)]),
  ]);
}

function attributeBytes(name: string, value: AttributeSpec): Uint8Array {
  const [type, content] = attributeContent(value);
  return concat([text(1, name), content, number(20, type)]);
}

function attributeContent(value: AttributeSpec): [type: number, content: Uint8Array] {
  if (typeof value === "string") return [ATTRIBUTE.string, text(4, value)];
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value)))
    return [ATTRIBUTE.int, number(3, value)];
  if (typeof value === "number") return [ATTRIBUTE.float, float(2, value)];
  if (isTexts(value)) return [ATTRIBUTE.strings, concat(value.map((x) => text(9, x)))];
  if (isList(value)) {
    const whole = value.every((x) => typeof x === "bigint" || Number.isInteger(x));
    return whole
      ? [ATTRIBUTE.ints, concat(value.map((x) => number(8, x)))]
      : [ATTRIBUTE.floats, concat(value.map((x) => float(7, Number(x))))];
  }
  if ("floats" in value) return [ATTRIBUTE.floats, concat(value.floats.map((x) => float(7, x)))];
  if ("float" in value) return [ATTRIBUTE.float, float(2, value.float)];
  if ("nodes" in value) return [ATTRIBUTE.graph, delimited(6, graphBytes(value))];
  return [ATTRIBUTE.tensor, delimited(5, tensorProto("", value))];
}

function isTexts(value: AttributeSpec): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
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
