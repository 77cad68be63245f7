import { consumers, initializer } from "@indicia/onnx/navigate";
import type { Node, OnnxModel, TensorEntry } from "@indicia/onnx/open";
import type { Matrix } from "./matrix.js";

/** Multiplications for one product at most, some seconds; a matrix of 1024 x 1024 at half its rank takes a quarter. */
const MAX_WORK: number = 2 ** 31;

/** A stored matrix as the right operand of a product. */
export interface Factor {
  readonly tensor: TensorEntry;
  /** Axis of its output channels. */
  readonly rowAxis: 0 | 1;
}

/** Two products straight after one another, whose matrices stand for one of lower rank. */
export interface FactorPair {
  readonly first: Factor;
  readonly second: Factor;
}

/** Every pair of products in which the second takes what the first puts out, narrower than both its sides. */
export function factorPairs(model: OnnxModel): FactorPair[] {
  const pairs: FactorPair[] = [];
  for (const graph of model.graphs) {
    for (const node of graph.nodes) {
      const first = factorOf(node);
      if (first === null) continue;
      for (const next of consumers(graph, node.outputs[0] ?? "")) {
        if (next.inputs[0] !== node.outputs[0]) continue;
        const second = factorOf(next);
        if (second !== null && isNarrow(first, second)) pairs.push({ first, second });
      }
    }
  }
  return pairs;
}

/** Sides of a factor: inputs and outputs. */
export function sidesOf({ tensor: { dims }, rowAxis }: Factor): {
  readonly inn: number;
  readonly out: number;
} {
  return { inn: dims[1 - rowAxis] ?? 0, out: dims[rowAxis] ?? 0 };
}

function factorOf(node: Node): Factor | null {
  if (node.opType !== "MatMul" && node.opType !== "Gemm") return null;
  const tensor = initializer(node.graph, node.inputs[1] ?? "");
  if (tensor === null || tensor.dims.length !== 2) return null;
  const transB = node.attributes.get("transB");
  return { tensor, rowAxis: transB?.kind === "int" && transB.value === 1n ? 0 : 1 };
}

function isNarrow(first: Factor, second: Factor): boolean {
  const [{ inn, out: rank }, { inn: taken, out }] = [sidesOf(first), sidesOf(second)];
  return rank === taken && rank < Math.min(inn, out) && inn * rank * out <= MAX_WORK;
}

/**
 * What two factors do together.
 *
 * @param first canonical, [rank, inn]
 * @param second canonical, [out, rank]
 * @returns canonical, [out, inn]
 */
export function productOf(first: Matrix, second: Matrix): Matrix {
  const { out, inn: rank } = second;
  const { inn } = first;
  const values = new Float32Array(out * inn);
  for (let o = 0; o < out; o++) {
    const row = values.subarray(o * inn, (o + 1) * inn);
    for (let r = 0; r < rank; r++) {
      const factor = second.values[o * rank + r] as number;
      const from = r * inn;
      for (let i = 0; i < inn; i++) row[i] = (row[i] as number) + factor * (first.values[from + i] as number);
    }
  }
  return { out, inn, kernel: 1, values };
}
