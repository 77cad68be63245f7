import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { decode, encode, freshNames, liftConstants, node, numbersOf, opsetOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { int64 } from "./floats.js";
import { linears, replaceLinear } from "./linears.js";

export interface Int4Options {
  /** Inputs that share a scale. */
  readonly block: number;
}

/** Operator set and IR version that know 4-bit integers and blocks. */
const OPSET = 21;
const IR = 10;
/** Operators that mean the same in every operator set from 13 to 21, but for where they take their axes. */
const STEADY = new Set(
  (
    "MatMul Gemm Conv Add Sub Mul Div Relu Tanh Sigmoid Erf Sqrt Pow Softmax LogSoftmax Flatten Reshape Transpose " +
    "Squeeze Unsqueeze Concat Gather Identity Cast Constant MaxPool AveragePool GlobalAveragePool GlobalMaxPool Slice " +
    "Expand Clip Exp Reciprocal Max Min Shape BatchNormalization LayerNormalization Equal Where Split OneHot " +
    "ReduceSum ReduceMean ReduceMax ReduceMin"
  ).split(" "),
);

/**
 * Weights of products as int4 around 0 with a DequantizeLinear by blocks along the inputs.
 *
 * @throws AttackError NOTHING_TO_DO where there are no products, or the model cannot move to operator set 21
 */
export function int4(bytes: Uint8Array, { block }: Int4Options): Uint8Array {
  const model = decode(bytes);
  liftConstants(model);
  const found = linears(model);
  if (found.length === 0) throw nothingToDo("products with weights");
  raiseOpset(model);
  const fresh = freshNames(model);
  for (const linear of found) {
    const [x = "", name = ""] = linear.node.inputs;
    const [whole, scale, wide] = [fresh(`${name}_int4`), fresh(`${name}_scale`), fresh(`${name}_wide`)];
    const { values, scales } = blocked(linear.weights, block);
    model.initializers.set(whole, values);
    model.initializers.set(scale, scales);
    replaceLinear(model, linear, fresh, (output) => [
      node("DequantizeLinear", [whole, scale], [wide], { axis: 0n, block_size: BigInt(block) }),
      node("MatMul", [x, wide], [output]),
    ]);
  }
  return encode(model);
}

function raiseOpset(model: EditableModel): void {
  const now = opsetOf(model);
  if (now >= OPSET) return;
  const fits = model.nodes.every(({ op, domain }) => domain !== "" || STEADY.has(op));
  if (now < 13 || !fits) throw nothingToDo("operators that operator set 21 knows unchanged");
  for (const each of model.nodes) {
    const axes = numbersOf(each, "axes");
    if (axes === null || !each.op.startsWith("Reduce")) continue;
    // Since operator set 18 they are an input.
    const name = freshNames(model)("axes");
    model.initializers.set(name, int64(...axes));
    each.inputs[1] = name;
    each.attributes.delete("axes");
  }
  model.opsets.set("", OPSET);
  model.ir = Math.max(model.ir, IR);
}

/** int4 [K, N], two to a byte, the first in the lower half; scales [ceil(K / block), N]. */
function blocked(weights: Tensor, block: number): { readonly values: Tensor; readonly scales: Tensor } {
  const [rows = 0, columns = 0] = weights.dims;
  const from = toFloat64(weights);
  const blocks = Math.ceil(rows / block);
  const scales = new Float32Array(blocks * columns);
  for (const [at, value] of from.entries()) {
    const own = Math.floor(at / columns / block) * columns + (at % columns);
    scales[own] = Math.max(scales[own] ?? 0, Math.abs(value) / 7);
  }
  const data = new Uint8Array(Math.ceil(from.length / 2));
  for (const [at, value] of from.entries()) {
    const scale = scales[Math.floor(at / columns / block) * columns + (at % columns)] || 1;
    const whole = Math.min(7, Math.max(-8, Math.round(value / scale)));
    data[at >> 1] = (data[at >> 1] ?? 0) | ((whole & 15) << (4 * (at & 1)));
  }
  return {
    values: { type: "int4", dims: weights.dims, data },
    scales: { type: "float32", dims: [blocks, columns], data: scales },
  };
}
