import { type AttributeSpec, buildModel, type GraphSpec, type NodeSpec } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { toSpec } from "@indicia/onnx/to-spec";
import { attribute } from "./attributes.js";
import { AutodiffError } from "./error.js";
import { LIFTED_OPSET, OLDEST_OPSET, upgrade } from "./upgrade.js";

/** The newest version whose changes were read. */
const NEWEST_OPSET = 23;
/** Initialisers need not be inputs since 4; 8 goes with operator set 17. */
const OLDEST_IR = 8;

type Attributes = Readonly<Record<string, AttributeSpec>>;
type ConstantType = "float32" | "float64" | "int64";

/** A graph under construction, begun empty or from a decoded model. Lists and maps may be changed in place. */
export interface Builder {
  /** Version of the default operator set. */
  readonly opset: number;
  /** In the order in which they run. */
  readonly nodes: NodeSpec[];
  readonly initializers: Map<string, Tensor>;
  readonly inputs: ValueInfo[];
  /** Outputs that the model had; none in a graph begun empty. */
  readonly outputs: readonly ValueInfo[];
  /** A name that nothing has yet. */
  readonly fresh: (base: string) => string;
  /** Append a node of one output. Floats as attributes are written `{ float: 1 }`, for a whole number is an integer. */
  readonly add: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly addMany: (
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Attributes,
  ) => string[];
  /** An initialiser, the same one for the same numbers; a number alone is a scalar, a list has one axis. */
  readonly constant: (
    value: number | readonly number[],
    type?: ConstantType,
    dims?: readonly number[],
  ) => string;
  /** The model's bytes: only what the outputs are computed from, inputs included. */
  readonly build: (outputs: readonly string[]) => Uint8Array;
}

export interface BuilderOptions {
  /** Default 17. */
  readonly opset?: number;
  readonly inputs?: readonly ValueInfo[];
  readonly initializers?: ReadonlyMap<string, Tensor>;
}

/**
 * An empty graph.
 *
 * @throws AutodiffError OPSET_UNSUPPORTED
 */
export function newBuilder(options: BuilderOptions = {}): Builder {
  const opset = options.opset ?? LIFTED_OPSET;
  return builder({
    ir: OLDEST_IR,
    opsets: new Map([["", opset]]),
    inputs: [...(options.inputs ?? [])],
    outputs: [],
    nodes: [],
    initializers: new Map(options.initializers ?? []),
  });
}

/**
 * The graph of an .onnx file, to be added to. Constants become initialisers, and inputs that only name an initialiser
 * are forgotten. Operator sets 7 to 16 are brought to 17.
 *
 * @throws AutodiffError OPSET_UNSUPPORTED; OnnxError where the bytes are no model, or hold what cannot be decoded
 */
export function builderOf(model: Uint8Array): Builder {
  const spec = toSpec(openModelBytes(model));
  const opset = upgrade(spec, spec.opsets.get("") ?? spec.opsets.get("ai.onnx") ?? 1);
  const opsets = new Map([...spec.opsets].filter(([domain]) => domain !== "ai.onnx"));
  const initializers = new Map(spec.initializers);
  const nodes = spec.nodes.filter(({ op, domain, outputs: [output], attributes }) => {
    const value = attributes.get("value");
    if (op !== "Constant" || domain !== "" || output === undefined) return true;
    if (typeof value !== "object" || !("data" in value)) return true;
    initializers.set(output, value);
    return false;
  });
  return builder({
    ir: Math.max(spec.ir, OLDEST_IR),
    opsets: opsets.set("", opset),
    inputs: spec.inputs.filter(({ name }) => !initializers.has(name)),
    outputs: spec.outputs,
    nodes,
    initializers,
  });
}

interface Content extends Pick<Builder, "nodes" | "initializers" | "inputs" | "outputs"> {
  readonly ir: number;
  readonly opsets: ReadonlyMap<string, number>;
}

function builder(content: Content): Builder {
  const { nodes, initializers, inputs } = content;
  const opset = content.opsets.get("") ?? 1;
  if (opset < LIFTED_OPSET || opset > NEWEST_OPSET) {
    throw new AutodiffError(
      "OPSET_UNSUPPORTED",
      `the model is of operator set ${opset}`,
      `Export it with operator set ${OLDEST_OPSET} to ${NEWEST_OPSET}.`,
    );
  }
  const taken = namesOf(content);
  const constants = new Map<string, string>();
  const fresh = (base: string): string => {
    for (let i = 0; ; i++) {
      const name = i === 0 ? base : `${base}_${i}`;
      if (taken.has(name) || initializers.has(name) || inputs.some((input) => input.name === name)) continue;
      taken.add(name);
      return name;
    }
  };
  const addMany: Builder["addMany"] = (op, from, count, attributes = {}) => {
    const base = op.toLowerCase();
    const outputs = Array.from({ length: count }, (_, i) => fresh(i === 0 ? base : `${base}.${i}`));
    nodes.push({ op, inputs: [...from], outputs, attributes });
    return outputs;
  };
  return {
    opset,
    nodes,
    initializers,
    inputs,
    outputs: content.outputs,
    fresh,
    add: (op, from, attributes) => addMany(op, from, 1, attributes)[0] ?? "",
    addMany,
    constant: (value, type = "float32", dims = typeof value === "number" ? [] : [value.length]) => {
      const values = typeof value === "number" ? [value] : value;
      const key = `${type}[${dims.join()}]${values.map((x) => (Object.is(x, -0) ? "-0" : x)).join()}`;
      const known = constants.get(key);
      if (known !== undefined && initializers.has(known)) return known;
      const name = fresh("constant");
      initializers.set(name, { type, dims: [...dims], data: numbersAs(type, values) });
      constants.set(key, name);
      return name;
    },
    build: (outputs) => build(content, outputs),
  };
}

function numbersAs(
  type: ConstantType,
  values: readonly number[],
): Float32Array | Float64Array | BigInt64Array {
  if (type === "float32") return Float32Array.from(values);
  return type === "float64" ? Float64Array.from(values) : BigInt64Array.from(values, BigInt);
}

function namesOf({ nodes, initializers, inputs }: Content): Set<string> {
  const names = new Set<string>(initializers.keys());
  for (const { name } of inputs) names.add(name);
  for (const node of nodes) for (const name of [...usedBy(node), ...node.outputs]) names.add(name);
  return names;
}

/** What a node takes, and what the graphs within it may take from outside. */
function* usedBy(node: NodeSpec): Generator<string, void, void> {
  yield* node.inputs;
  const names =
    node.attributes instanceof Map ? [...node.attributes.keys()] : Object.keys(node.attributes ?? {});
  for (const name of names) {
    const value = attribute(node, name);
    if (typeof value !== "object") continue;
    const graphs: readonly GraphSpec[] = "graphs" in value ? value.graphs : "nodes" in value ? [value] : [];
    for (const graph of graphs) {
      for (const inner of graph.nodes) yield* usedBy(inner);
      for (const output of graph.outputs) yield output.name;
    }
  }
}

function build(content: Content, outputs: readonly string[]): Uint8Array {
  const needed = new Set(outputs);
  const nodes: NodeSpec[] = [];
  for (const node of [...content.nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    for (const name of usedBy(node)) needed.add(name);
  }
  const declared = new Map(content.outputs.map((value) => [value.name, value]));
  const known = new Set([...content.initializers.keys(), ...content.inputs.map(({ name }) => name)]);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const missing = outputs.find((name) => !made.has(name) && !known.has(name));
  if (missing !== undefined) throw unknownValue(missing);
  return buildModel({
    ir: content.ir,
    opsets: content.opsets,
    inputs: content.inputs.filter(({ name }) => needed.has(name)),
    outputs: outputs.map((name) => declared.get(name) ?? { name, type: null, dims: null }),
    nodes: nodes.reverse(),
    initializers: new Map([...content.initializers].filter(([name]) => needed.has(name))),
  });
}

/** The error for a name that the graph does not have. */
export function unknownValue(name: string): AutodiffError {
  return new AutodiffError(
    "VALUE_UNKNOWN",
    `the graph has no value "${name}"`,
    "Name an input, an initialiser or the output of a node.",
  );
}
