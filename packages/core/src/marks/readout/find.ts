import { consumers, initializer, producer } from "@indicia/onnx/navigate";
import type { Graph, Node, OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { elementCount } from "@indicia/onnx/tensor";
import { spelledSoftmax } from "./spelled-softmax.js";

/** What follows the logits z on the way to the model's output. */
export type Tail = "none" | "softmax" | "log-softmax" | "sigmoid";

/** Where the linear read-out z = W h + b stands in a model; everything in it was found without running the model. */
export interface Readout {
  readonly output: string;
  readonly tail: Tail;
  readonly node: Node;
  /** The value h is read from, per row of the batch. */
  readonly feature: string;
  /** `mean`: h is the mean of `feature` over its spatial axes, since a 1x1 convolution commutes with pooling. */
  readonly pooling: "none" | "mean";
  /** The value that holds z. For `mean` it is the pooled one. */
  readonly logits: string;
  readonly weight: TensorEntry;
  /** `dm`: stored [d, m]; `md`: stored [m, d]. */
  readonly layout: "dm" | "md";
  /** z = alpha * (stored W) h + beta * (stored b). */
  readonly alpha: number;
  readonly bias: TensorEntry | null;
  readonly beta: number;
  readonly features: number;
  readonly classes: number;
}

/** Why a model has no read-out that could carry the mark, in words for its owner. */
export interface NoReadout {
  readonly refusal: string;
}

/** Ops that pass every number on, in order. */
const TRANSPARENT = new Set(["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"]);
/** Longest tail that is followed; real ones have fewer than ten nodes. */
const MAX_TAIL_NODES = 64;

/**
 * Find the linear read-out behind a model's outputs. The first output that has one is taken.
 *
 * @param model an opened model
 * @param output look behind this output only
 */
export function findReadout(model: OnnxModel, output?: string): Readout | NoReadout {
  const names = output === undefined ? model.graph.outputs.map(({ name }) => name) : [output];
  const refusals: string[] = [];
  for (const name of names) {
    const found = behindOutput(model.graph, name);
    if (!("refusal" in found)) return found;
    refusals.push(`output "${name}": ${found.refusal}`);
  }
  return { refusal: refusals.length > 0 ? refusals.join("; ") : "the model has no output" };
}

function behindOutput(graph: Graph, output: string): Readout | NoReadout {
  let value = output;
  let tail: Tail = "none";
  let pooled: string | null = null;
  for (let step = 0; step < MAX_TAIL_NODES; step++) {
    const node = producer(graph, value);
    if (node === null) return { refusal: `no node of the main graph computes "${value}"` };
    const input = node.inputs[0] ?? "";
    const softmax: { tail: Tail; logits: string } | null = tail === "none" ? tailOf(graph, node) : null;
    if (softmax !== null) {
      tail = softmax.tail;
      value = softmax.logits;
    } else if (TRANSPARENT.has(node.opType)) {
      value = input;
    } else if (node.opType === "GlobalAveragePool" || isSpatialMean(graph, node)) {
      pooled ??= value;
      value = input;
    } else {
      return linearAt(graph, { output, tail, node, value, pooled });
    }
  }
  return { refusal: `no linear layer within ${MAX_TAIL_NODES} nodes` };
}

function tailOf(graph: Graph, node: Node): { tail: Tail; logits: string } | null {
  const logits = node.inputs[0] ?? "";
  if (node.opType === "Softmax") return { tail: "softmax", logits };
  if (node.opType === "LogSoftmax") return { tail: "log-softmax", logits };
  if (node.opType === "Sigmoid") return { tail: "sigmoid", logits };
  if (node.opType === "Log") {
    const inner = producer(graph, logits);
    const behind = inner === null ? null : tailOf(graph, inner);
    return behind?.tail === "softmax" ? { tail: "log-softmax", logits: behind.logits } : null;
  }
  const spelled = spelledSoftmax(graph, node);
  return spelled === null ? null : { tail: "softmax", logits: spelled };
}

/** ReduceMean is pooling only where it stands behind a convolution; over features it would not commute. */
function isSpatialMean(graph: Graph, node: Node): boolean {
  if (node.opType !== "ReduceMean") return false;
  return producer(graph, node.inputs[0] ?? "")?.opType === "Conv";
}

interface Place {
  readonly output: string;
  readonly tail: Tail;
  readonly node: Node;
  readonly value: string;
  readonly pooled: string | null;
}

function linearAt(graph: Graph, place: Place): Readout | NoReadout {
  switch (place.node.opType) {
    case "Gemm":
      return place.pooled === null ? gemm(graph, place) : { refusal: "a pooling follows the linear layer" };
    case "MatMul":
      return place.pooled === null
        ? matmul(graph, place, place.node, null)
        : { refusal: "a pooling follows the linear layer" };
    case "Add":
      return place.pooled === null ? add(graph, place) : { refusal: "a pooling follows an addition" };
    case "Conv":
      return convolution(graph, place);
    default:
      return { refusal: `"${place.value}" comes from ${place.node.opType}, which is not a linear layer` };
  }
}

function gemm(graph: Graph, place: Place): Readout | NoReadout {
  const { node } = place;
  const [a = "", b = "", c = ""] = node.inputs;
  if (integer(node, "transA", 0) !== 0) return { refusal: "the last Gemm transposes its features (transA)" };
  const weight = ownTensor(graph, b);
  if ("refusal" in weight) return weight;
  const layout = integer(node, "transB", 0) === 0 ? "dm" : "md";
  const bias = c === "" ? null : ownTensor(graph, c);
  if (bias !== null && "refusal" in bias) return bias;
  return finish(place, {
    node,
    feature: a,
    pooling: "none",
    logits: place.value,
    weight,
    layout,
    alpha: real(node, "alpha", 1),
    bias,
    beta: real(node, "beta", 1),
  });
}

function add(graph: Graph, place: Place): Readout | NoReadout {
  const { node } = place;
  for (const [first, second] of [
    [node.inputs[0] ?? "", node.inputs[1] ?? ""],
    [node.inputs[1] ?? "", node.inputs[0] ?? ""],
  ] as const) {
    const inner = producer(graph, first);
    if (inner?.opType !== "MatMul") continue;
    const bias = ownTensor(graph, second);
    if ("refusal" in bias) return bias;
    return matmul(graph, place, inner, bias);
  }
  return { refusal: `"${place.value}" adds two computed values; there is no linear layer before the output` };
}

function matmul(graph: Graph, place: Place, node: Node, bias: TensorEntry | null): Readout | NoReadout {
  const [feature = "", b = ""] = node.inputs;
  const weight = ownTensor(graph, b);
  if ("refusal" in weight) return weight;
  return finish(place, {
    node,
    feature,
    pooling: "none",
    logits: place.value,
    weight,
    layout: "dm",
    alpha: 1,
    bias,
    beta: 1,
  });
}

function convolution(graph: Graph, place: Place): Readout | NoReadout {
  const { node } = place;
  const [feature = "", b = "", c = ""] = node.inputs;
  const weight = ownTensor(graph, b);
  if ("refusal" in weight) return weight;
  if (integer(node, "group", 1) !== 1) return { refusal: "the last convolution is grouped" };
  const kernel = elementCount(weight.dims.slice(2));
  if (kernel !== 1 && place.pooled !== null) {
    return { refusal: "the last convolution is pooled and not 1x1, so its features overlap" };
  }
  const bias = c === "" ? null : ownTensor(graph, c);
  if (bias !== null && "refusal" in bias) return bias;
  return finish(place, {
    node,
    feature,
    pooling: place.pooled === null ? "none" : "mean",
    logits: place.pooled ?? place.value,
    weight,
    layout: "md",
    alpha: 1,
    bias,
    beta: 1,
  });
}

/** The stored tensor behind a value, if it feeds this layer alone: a shared one cannot be edited for it. */
function ownTensor(graph: Graph, value: string): TensorEntry | NoReadout {
  const tensor = initializer(graph, value);
  if (tensor === null) {
    const node = producer(graph, value);
    if (node !== null && (node.opType === "Reshape" || node.opType === "Identity")) {
      return ownTensor(graph, node.inputs[0] ?? "");
    }
    return { refusal: `"${value}" is computed at run time, so there are no stored weights to edit` };
  }
  const uses = consumers(graph, value).length;
  if (uses > 1)
    return { refusal: `"${value}" is shared by ${uses} nodes, so an edit would change more than the output` };
  if (!["float32", "float64", "float16", "bfloat16"].includes(tensor.type)) {
    return { refusal: `"${value}" is stored as ${tensor.type}; mark the model before it is quantised` };
  }
  return tensor;
}

function finish(
  place: Place,
  part: Omit<Readout, "output" | "tail" | "features" | "classes">,
): Readout | NoReadout {
  const { weight, layout, bias } = part;
  const total = elementCount(weight.dims);
  const classes = (layout === "dm" ? weight.dims.at(-1) : weight.dims[0]) ?? 0;
  const features = classes > 0 ? total / classes : 0;
  if (weight.dims.length < 2 || classes < 1 || !Number.isInteger(features)) {
    return { refusal: `the weights "${weight.name}" have shape [${weight.dims.join(", ")}], not a matrix` };
  }
  if (place.tail !== "sigmoid" && classes < 2) return { refusal: "the model has a single output number" };
  if (bias !== null && elementCount(bias.dims) !== classes) {
    return { refusal: `the bias has ${elementCount(bias.dims)} entries for ${classes} classes` };
  }
  return { ...part, output: place.output, tail: place.tail, features, classes };
}

function integer(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? Number(attribute.value) : fallback;
}

function real(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "float" ? Number(attribute.value) : fallback;
}
