import { initializer, producer } from "@indicia/onnx/navigate";
import type { Graph, Node, OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readTensor } from "@indicia/onnx/read-tensor";
import { toFloat64 } from "@indicia/onnx/tensor";

/** An axis counted from the first one or back from the last one, since ranks on the way are not always known. */
interface Axis {
  readonly from: "first" | "last";
  readonly at: number;
}

/** A stored tensor that some operator takes as weights, with the axis of its output channels. */
export interface WeightUse {
  readonly tensor: TensorEntry;
  /** Index into the tensor's dims. */
  readonly rowAxis: number;
}

const first = (at: number): Axis => ({ from: "first", at });
const last = (at: number): Axis => ({ from: "last", at });

/** Steps followed from an operator back to a stored tensor; exporters put a handful there. */
const MAX_STEPS = 16;
/** Operators that hand on their first input's numbers, perhaps fewer of them, with the axes in place. */
const IN_PLACE = new Set(["Identity", "Cast", "Slice", "Split", "Dropout", "Reshape", "Flatten"]);

/**
 * Every stored tensor that an operator takes as weights: matrix products, convolutions, recurrent layers,
 * embeddings, Einsum, in every graph of the model, straight or through transpositions, slices, joins and calls of
 * the model's own functions.
 *
 * @returns in the order of the graphs' nodes; each tensor once, with the axis of its first use
 */
export function weightUses(model: OnnxModel): WeightUse[] {
  const uses = new Map<string, WeightUse>();
  const seen = new Set<string>();
  for (const graph of model.graphs) {
    for (const node of graph.nodes) {
      for (const [input, axis] of weightInputs(node)) {
        for (const use of stored({ model, seen, graph, value: node.inputs[input] ?? "", axis }, MAX_STEPS)) {
          if (!uses.has(use.tensor.id)) uses.set(use.tensor.id, use);
        }
      }
    }
  }
  return [...uses.values()];
}

/** Inputs of an operator that may hold weights, with the axis that numbers its output channels. */
function weightInputs(node: Node): (readonly [number, Axis])[] {
  const set = (name: string): boolean => integer(node, name, 0) !== 0;
  switch (node.opType) {
    case "MatMul":
    case "FusedMatMul":
      return [
        [1, last(set("transB") ? 1 : 0)],
        [0, last(set("transA") ? 0 : 1)],
      ];
    case "Gemm":
    case "FusedGemm":
      return [
        [1, first(set("transB") ? 0 : 1)],
        [0, first(set("transA") ? 1 : 0)],
      ];
    case "Conv":
    case "FusedConv":
    case "DeformConv":
      return [[1, first(0)]];
    case "ConvTranspose":
      return [[1, first(1)]];
    case "LSTM":
    case "GRU":
    case "RNN":
      return [
        [1, first(1)],
        [2, first(1)],
      ];
    case "Gather":
      return [[0, fromEither(integer(node, "axis", 0))]];
    case "Attention":
      return [[1, last(0)]];
    case "EmbedLayerNormalization":
      return [2, 3, 4].map((input) => [input, first(0)] as const);
    case "Einsum":
      return einsumInputs(node);
    default:
      return [];
  }
}

/** The output channels of an Einsum operand: its last letter that reaches the output and that no other operand has. */
function einsumInputs(node: Node): (readonly [number, Axis])[] {
  const equation = node.attributes.get("equation");
  const [left = "", right = ""] = (equation?.kind === "string" ? equation.value : "")
    .replaceAll(" ", "")
    .split("->");
  const terms = left.split(",");
  return terms.map((term, input) => {
    const others = terms.filter((_, other) => other !== input).join("");
    for (let at = term.length - 1; at >= 0; at--) {
      const letter = term.charAt(at);
      if (right.includes(letter) && !others.includes(letter)) return [input, first(at)] as const;
    }
    return [input, last(0)] as const;
  });
}

/** A value on the way back from an operator. */
interface Place {
  readonly model: OnnxModel;
  /** Where somebody went before: joins of joins would otherwise be walked without end. */
  readonly seen: Set<string>;
  readonly graph: Graph;
  readonly value: string;
  readonly axis: Axis;
}

function* stored(place: Place, steps: number): Generator<WeightUse> {
  const { model, graph, value, axis } = place;
  const key = `${graph.path}\0${value}\0${axis.from}${axis.at}`;
  if (value === "" || steps === 0 || place.seen.has(key)) return;
  place.seen.add(key);
  const tensor = initializer(graph, value);
  if (tensor !== null) {
    const rank = tensor.dims.length;
    const rowAxis = axis.from === "first" ? axis.at : rank - 1 - axis.at;
    if (rank > 0) yield { tensor, rowAxis: Math.min(Math.max(rowAxis, 0), rank - 1) };
    return;
  }
  const made = producerAround(graph, value);
  if (made === null) {
    for (const argument of functionArguments(place)) yield* stored(argument, steps - 1);
  } else if (made.opType === "Concat") {
    for (const input of made.inputs) yield* stored({ ...place, graph: made.graph, value: input }, steps - 1);
  } else {
    const before = axisBefore(model, made, axis);
    if (before === null) return;
    yield* stored({ ...place, graph: made.graph, value: made.inputs[0] ?? "", axis: before }, steps - 1);
  }
}

/** Subgraphs see the values of the graphs around them. */
function producerAround(graph: Graph, value: string): Node | null {
  let scope: Graph | null = graph;
  while (scope !== null) {
    const node = producer(scope, value);
    if (node !== null) return node;
    scope = scope.parent?.graph ?? null;
  }
  return null;
}

/** What callers hand to a function of the model as the parameter `value`. */
function* functionArguments(place: Place): Generator<Place> {
  const { model, graph, value } = place;
  let body = graph;
  while (body.parent !== null) body = body.parent.graph;
  const parameter = body.inputs.findIndex(({ name }) => name === value);
  if (body === model.graph || parameter < 0) return;
  for (const caller of model.graphs) {
    for (const node of caller.nodes) {
      if (node.opType !== body.name || caller === body) continue;
      yield { ...place, graph: caller, value: node.inputs[parameter] ?? "" };
    }
  }
}

/** Where an axis of a node's output lies in its first input; null where the node computes something new. */
function axisBefore(model: OnnxModel, node: Node, axis: Axis): Axis | null {
  if (IN_PLACE.has(node.opType)) return axis;
  switch (node.opType) {
    case "Transpose": {
      const perm = integers(node, "perm");
      if (perm === null) return { from: axis.from === "first" ? "last" : "first", at: axis.at };
      return first(perm[axis.from === "first" ? axis.at : perm.length - 1 - axis.at] ?? 0);
    }
    case "Unsqueeze":
    case "Squeeze": {
      const axes = integers(node, "axes") ?? constantIntegers(model, node);
      const inOrder = axes.filter((each) => each >= 0).sort((a, b) => a - b);
      if (axis.from === "last") return axis;
      let at = axis.at;
      if (node.opType === "Unsqueeze") at -= inOrder.filter((each) => each < axis.at).length;
      else for (const each of inOrder) if (each <= at) at++;
      return first(Math.max(at, 0));
    }
    default:
      return null;
  }
}

function fromEither(axis: number): Axis {
  return axis < 0 ? last(-1 - axis) : first(axis);
}

function integer(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? Number(attribute.value) : fallback;
}

function integers(node: Node, name: string): number[] | null {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "ints" ? attribute.value.map(Number) : null;
}

/** The second input where it is stored in the file, as since opset 13; else nothing. */
function constantIntegers(model: OnnxModel, node: Node): number[] {
  const tensor = initializer(node.graph, node.inputs[1] ?? "");
  return tensor === null ? [] : [...toFloat64(readTensor(model, tensor))];
}
