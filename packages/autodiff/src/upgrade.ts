import type { EditableGraph, EditableNode } from "@indicia/onnx/to-spec";
import type { Tensor } from "@indicia/onnx/tensor";
import { numberOf, numbersOf } from "./attributes.js";
import { AutodiffError } from "./error.js";

/** Since 7 arithmetic is broadcast as numpy does it. */
export const OLDEST_OPSET = 7;
/** What older models are brought to; has LayerNormalization, scatters that add up, and axes as inputs. */
export const LIFTED_OPSET = 17;

/** Operators that changed their meaning on the way, for which there is no gradient that would be worth the work. */
const REFUSED: readonly { readonly op: string; readonly before: number }[] = [
  { op: "Upsample", before: 10 },
  { op: "Resize", before: 11 },
  { op: "Scatter", before: 11 },
  { op: "Hardmax", before: 13 },
];

/** What an upgrade may use: names and constants of the graph it works on. */
interface Workshop {
  readonly fresh: (base: string) => string;
  readonly constant: (tensor: Tensor) => string;
}

type Upgrade = (node: EditableNode, workshop: Workshop) => readonly EditableNode[];

/**
 * Bring the graph of an older operator set to {@link LIFTED_OPSET}, in place: attributes that became inputs, and
 * defaults that changed. Newer graphs are left as they are.
 *
 * @returns the version that the graph has then
 * @throws AutodiffError OPSET_UNSUPPORTED for versions before 7, and for graphs within graphs and a few operators that
 *   would have to be rewritten
 */
export function upgrade(graph: EditableGraph, from: number): number {
  if (from >= LIFTED_OPSET || from < OLDEST_OPSET) return from;
  const taken = new Set(graph.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
  const fresh = (base: string): string => {
    for (let i = 0; ; i++) {
      const name = `${base}.lifted${i}`;
      if (taken.has(name) || graph.initializers.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
  const constant = (tensor: Tensor): string => {
    const name = fresh("constant");
    graph.initializers.set(name, tensor);
    return name;
  };
  graph.nodes = graph.nodes.flatMap((node) => {
    refuseUnliftable(node, from);
    const { [node.op]: change } = UPGRADES;
    const due = node.domain === "" && change !== undefined && from < change.before;
    return due ? change.apply(node, { fresh, constant }) : [node];
  });
  return LIFTED_OPSET;
}

function refuseUnliftable(node: EditableNode, from: number): void {
  const { op, domain, attributes } = node;
  const nested = [...attributes.values()].some(
    (value) => typeof value === "object" && ("nodes" in value || "graphs" in value),
  );
  // Of a mean for each place rather than for each channel there is no newer form.
  const unusual = op === "BatchNormalization" && numberOf(node, "spatial", 1) === 0;
  const changed = domain === "" && (unusual || REFUSED.some((each) => each.op === op && from < each.before));
  if (!changed && !(nested && from < 13)) return;
  throw new AutodiffError(
    "OPSET_UNSUPPORTED",
    `the model is of operator set ${from}, in which ${op} had another form`,
    `Export it with operator set 13 or newer.`,
  );
}

function int64(values: readonly number[], dims = [values.length]): Tensor {
  return { type: "int64", dims, data: BigInt64Array.from(values, BigInt) };
}

function scalar(value: number): Tensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}

/** Attributes of integers become inputs; the last ones that are absent are left out. */
function asInputs(...names: readonly string[]): Upgrade {
  return (node, { constant }) => {
    const lists = names.map((name) => numbersOf(node, name));
    for (const name of names) node.attributes.delete(name);
    node.inputs.push(...lists.map((list) => (list === null ? "" : constant(int64(list)))));
    while (node.inputs.at(-1) === "") node.inputs.pop();
    return [node];
  };
}

const clip: Upgrade = (node, { constant }) => {
  for (const name of ["min", "max"])
    node.inputs.push(node.attributes.has(name) ? constant(scalar(numberOf(node, name, 0))) : "");
  node.attributes.clear();
  return [node];
};

const pad: Upgrade = (node, { constant }) => {
  const filling = numberOf(node, "value", 0);
  node.inputs.push(constant(int64(numbersOf(node, "pads") ?? [])));
  if (filling !== 0) node.inputs.push(constant(scalar(filling)));
  node.attributes.delete("pads");
  node.attributes.delete("value");
  return [node];
};

const topK: Upgrade = (node, { constant }) => {
  node.inputs.push(constant(int64([numberOf(node, "k", 1)])));
  node.attributes.delete("k");
  return [node];
};

const dropout: Upgrade = (node, { constant }) => {
  node.inputs.push(constant(scalar(numberOf(node, "ratio", 0.5))));
  node.attributes.delete("ratio");
  return [node];
};

/** Before, all axes from the given one on were taken together. */
const softmax: Upgrade = (node, { fresh }) => {
  const axis = numberOf(node, "axis", 1);
  node.attributes.set("axis", -1n);
  if (axis === -1) return [node];
  const [x = ""] = node.inputs;
  const [y = ""] = node.outputs;
  const [flat, shape, product] = [fresh(`${y}.flat`), fresh(`${y}.shape`), fresh(`${y}.product`)];
  const plain = { domain: "", name: "", attributes: new Map() };
  return [
    { ...plain, op: "Shape", inputs: [x], outputs: [shape] },
    { ...plain, op: "Flatten", inputs: [x], outputs: [flat], attributes: new Map([["axis", BigInt(axis)]]) },
    { ...node, inputs: [flat], outputs: [product] },
    { ...plain, op: "Reshape", inputs: [product, shape], outputs: [y] },
  ];
};

const batchNorm: Upgrade = (node) => {
  node.attributes.delete("spatial");
  return [node];
};

const roiAlign: Upgrade = (node) => {
  const mode = "coordinate_transformation_mode";
  if (!node.attributes.has(mode)) node.attributes.set(mode, "output_half_pixel");
  return [node];
};

const UPGRADES: Readonly<Record<string, { readonly before: number; readonly apply: Upgrade }>> = {
  BatchNormalization: { before: 9, apply: batchNorm },
  Slice: { before: 10, apply: asInputs("starts", "ends", "axes") },
  TopK: { before: 10, apply: topK },
  Clip: { before: 11, apply: clip },
  Pad: { before: 11, apply: pad },
  Dropout: { before: 12, apply: dropout },
  Squeeze: { before: 13, apply: asInputs("axes") },
  Unsqueeze: { before: 13, apply: asInputs("axes") },
  ReduceSum: { before: 13, apply: asInputs("axes") },
  Split: { before: 13, apply: asInputs("split") },
  Softmax: { before: 13, apply: softmax },
  LogSoftmax: { before: 13, apply: softmax },
  RoiAlign: { before: 16, apply: roiAlign },
};
