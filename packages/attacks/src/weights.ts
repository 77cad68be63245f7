import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableGraph, EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { graphsOf, isTensor, numberOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { isFloat, withFloats } from "./floats.js";

/** A stored matrix or filter bank, seen as rows: one for each neuron that it feeds. */
export interface Weights {
  readonly name: string;
  readonly tensor: Tensor;
  /** Axis of the neurons. */
  readonly axis: number;
  readonly set: (tensor: Tensor) => void;
}

/** Axis of the outputs in the weights of an operator; null for operators without weights. */
export function outputAxis(node: EditableNode, tensor: Tensor): number | null {
  const rank = tensor.dims.length;
  switch (node.op) {
    case "MatMul":
      return rank - 1;
    case "Gemm":
      return numberOf(node, "transB", 0) === 0 ? 1 : 0;
    case "Conv":
    case "FusedConv":
      return 0;
    case "ConvTranspose":
    case "LSTM":
    case "GRU":
    case "RNN":
      return 1;
    default:
      return null;
  }
}

/** Every weight of at least two axes in the model, subgraphs and Constant nodes included, each once. */
export function weightsOf(model: EditableModel): Weights[] {
  const found: Weights[] = [];
  const scope = new Map<string, { readonly tensor: Tensor; readonly set: (tensor: Tensor) => void }>();
  for (const graph of graphsOf(model)) for (const [name, each] of storedIn(graph)) scope.set(name, each);
  const seen = new Set<string>();
  for (const graph of graphsOf(model)) {
    for (const node of graph.nodes) {
      for (const name of node.inputs.slice(1, 3)) {
        const stored = scope.get(name);
        if (stored === undefined || seen.has(name)) continue;
        const axis = outputAxis(node, stored.tensor);
        if (axis === null || stored.tensor.dims.length < 2 || !isFloat(stored.tensor)) continue;
        seen.add(name);
        found.push({ name, axis, ...stored });
      }
    }
  }
  return found;
}

function* storedIn(graph: EditableGraph): Generator<[string, Pick<Weights, "tensor" | "set">], void, void> {
  for (const [name, tensor] of graph.initializers)
    yield [name, { tensor, set: (changed) => graph.initializers.set(name, changed) }];
  for (const node of graph.nodes) {
    const value = node.attributes.get("value");
    const [name] = node.outputs;
    if (node.op === "Constant" && isTensor(value) && name !== undefined)
      yield [name, { tensor: value, set: (changed) => node.attributes.set("value", changed) }];
  }
}

/**
 * Change the numbers of every weight in place, row by row.
 *
 * @param change gets all numbers and the row of each by `rowOf`
 * @throws AttackError NOTHING_TO_DO where the model has no weights
 */
export function changeWeights(
  model: EditableModel,
  change: (values: Float64Array, rows: Rows) => void,
): void {
  const all = weightsOf(model);
  if (all.length === 0) throw nothingToDo("weights");
  for (const { tensor, axis, set } of all) {
    const values = toFloat64(tensor);
    change(values, rowsOf(tensor, axis));
    set(withFloats(tensor, values));
  }
}

/** Which row each number belongs to. */
export interface Rows {
  readonly count: number;
  readonly rowOf: (at: number) => number;
}

export function rowsOf({ dims }: Tensor, axis: number): Rows {
  const count = dims[axis] ?? 1;
  const inner = dims.slice(axis + 1).reduce((all, dim) => all * dim, 1);
  return { count, rowOf: (at) => Math.floor(at / inner) % count };
}

/** Standard deviation of each row around its mean. */
export function rowDeviations(values: Float64Array, { count, rowOf }: Rows): Float64Array {
  const [sums, squares] = [new Float64Array(count), new Float64Array(count)];
  for (const [at, value] of values.entries()) {
    const row = rowOf(at);
    sums[row] = (sums[row] ?? 0) + value;
    squares[row] = (squares[row] ?? 0) + value * value;
  }
  const each = values.length / count;
  return sums.map((sum, row) => Math.sqrt(Math.max(0, (squares[row] ?? 0) / each - (sum / each) ** 2)));
}
