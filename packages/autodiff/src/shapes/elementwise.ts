import { ELEMENT_TYPES } from "@indicia/onnx/tensor";
import { numberOf } from "../attributes.js";
import { broadcastDims, type Dim, type ShapeCall, type ShapeRule, type Value, valueAt } from "./value.js";

/** As the first input. */
export const same: ShapeRule = (call) => [valueAt(call, 0)];

const broadcast: ShapeRule = (call) => {
  const values = call.inputs.map((_, at) => valueAt(call, at));
  const dims = broadcastDims(
    values.map((value) => value.dims),
    call.unknown,
  );
  const type = values[0]?.type ?? null;
  const ints = intsOf(call, values);
  return [ints === null ? { type, dims } : { type, dims, ints }];
};

const INTEGERS: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
};

/** Arithmetic on sizes. */
function intsOf({ node, unknown }: ShapeCall, [a, b]: readonly Value[]): readonly Dim[] | null {
  const apply = INTEGERS[node.op];
  if (apply === undefined || a?.ints === undefined || b?.ints === undefined) return null;
  const [left, right] = [a.ints, b.ints];
  const length = left.length === 1 ? right.length : left.length;
  return Array.from({ length }, (_, i) => {
    const [x, y] = [left[left.length === 1 ? 0 : i], right[right.length === 1 ? 0 : i]];
    return typeof x === "number" && typeof y === "number" ? apply(x, y) : unknown();
  });
}

const compare: ShapeRule = (call) =>
  broadcast(call).map((value) => ({ type: "bool", dims: value?.dims ?? null }));

const where: ShapeRule = (call) => {
  const dims = broadcastDims(
    [0, 1, 2].map((at) => valueAt(call, at).dims),
    call.unknown,
  );
  return [{ type: valueAt(call, 1).type, dims }];
};

const cast: ShapeRule = (call) => {
  const { dims, ints } = valueAt(call, 0);
  const type = ELEMENT_TYPES[numberOf(call.node, "to", 0)] ?? null;
  return [ints === undefined ? { type, dims } : { type, dims, ints }];
};

const dropout: ShapeRule = (call) => [valueAt(call, 0), { type: "bool", dims: valueAt(call, 0).dims }];

function all(names: string, rule: ShapeRule): Record<string, ShapeRule> {
  return Object.fromEntries(names.split(" ").map((name) => [name, rule]));
}

export const ELEMENTWISE: Readonly<Record<string, ShapeRule>> = {
  ...all(
    "Identity Relu LeakyRelu PRelu Elu Selu Celu ThresholdedRelu Sigmoid HardSigmoid HardSwish Mish Tanh Softplus Softsign Gelu Erf Exp Log Sqrt Reciprocal Abs Neg Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Floor Ceil Round Clip Softmax LogSoftmax CumSum LpNormalization Not Trilu",
    same,
  ),
  ...all("Add Sub Mul Div Pow Min Max Mean Sum Mod And Or Xor", broadcast),
  ...all("Equal Less LessOrEqual Greater GreaterOrEqual", compare),
  ...all("IsNaN IsInf", compare),
  Where: where,
  Cast: cast,
  CastLike: (call) => [{ type: valueAt(call, 1).type, dims: valueAt(call, 0).dims }],
  Dropout: dropout,
};
