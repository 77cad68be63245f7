import { toFloat64 } from "@indicia/onnx/tensor";
import type { EditableNode } from "@indicia/onnx/to-spec";
import { isFloat } from "../floats.js";
import type { Axis } from "./atoms.js";
import type { Analysis, Change } from "./space.js";

/** f(x) element by element. */
const UNARY = new Set(
  (
    "Relu LeakyRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Tanh Erf Exp Log Sqrt Reciprocal Abs Neg Floor Ceil " +
    "Round Sign Sin Cos Tan Atan Asin Acos Sinh Cosh Asinh Acosh Atanh Softplus Softsign Gelu QuickGelu FastGelu Mish " +
    "Identity Cast Dropout ThresholdedRelu Shrink Clip Not IsNaN IsInf"
  ).split(" "),
);
/** f(a x) = a f(x) for a > 0. */
const HOMOGENEOUS = new Set("Relu LeakyRelu Abs Neg Identity Cast Dropout".split(" "));
/** f(-x) = -f(x). */
const ODD = new Set(
  "Tanh Erf Sin Tan Atan Asin Sinh Asinh Atanh Softsign Sign Neg Identity Cast Dropout".split(" "),
);
const LINEAR = new Set("Neg Identity Cast Dropout".split(" "));

const ADMITTED: Readonly<Record<Change, ReadonlySet<string>>> = {
  permute: UNARY,
  expand: UNARY,
  scale: HOMOGENEOUS,
  flip: ODD,
  mix: LINEAR,
};

/** One value in, the same shape out. */
export function pointwise({ change, axes, tie, freeze, values }: Analysis, node: EditableNode): boolean {
  if (!UNARY.has(node.op)) return false;
  const [input, output] = [node.inputs[0] ?? "", node.outputs[0] ?? ""];
  const source = values.get(input);
  const target = values.get(output);
  const rounds =
    node.op === "Cast" &&
    !(source !== undefined && target !== undefined && isFloat(source) && isFloat(target));
  const admitted = ADMITTED[change].has(node.op) && !(rounds && change !== "permute" && change !== "expand");
  for (const [i, axis] of axes(output).entries()) {
    tie(axes(input)[i] ?? [], axis);
    if (!admitted) freeze(axis);
  }
  // A mask, or bounds.
  for (const name of [...node.inputs.slice(1), ...node.outputs.slice(1)])
    for (const axis of axes(name)) freeze(axis);
  return true;
}

/** Several values of shapes that broadcast. */
const SUMS = new Set(["Add", "Sub", "Sum", "Mean"]);
const EXTREMES = new Set(["Max", "Min"]);
const PRODUCTS = new Set(["Mul", "Div", "PRelu"]);
const OTHERS = new Set(
  "Pow Mod And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual Where BitwiseAnd BitwiseOr".split(" "),
);

export function combine(analysis: Analysis, node: EditableNode): boolean {
  const { op, inputs, outputs } = node;
  const { change, axes, tie, freeze } = analysis;
  if (![SUMS, EXTREMES, PRODUCTS, OTHERS].some((set) => set.has(op))) return false;
  const out = axes(outputs[0]);
  const sizes = analysis.values.get(outputs[0] ?? "")?.dims ?? [];
  for (const [i, axis] of out.entries()) {
    const operands = inputs.map((name) => {
      const own = axes(name);
      const at = i - (out.length - own.length);
      const size = analysis.values.get(name)?.dims[at] ?? 1;
      return { name, axis: own[at] ?? [], has: size === sizes[i] && size > 1 };
    });
    const carriers = operands.filter(({ has }) => has);
    if (change === "permute" || change === "expand") {
      for (const each of carriers) tie(each.axis, axis);
    } else if (SUMS.has(op) || (EXTREMES.has(op) && change === "scale")) {
      for (const each of carriers) tie(each.axis, axis);
      // What is added to all coordinates alike would have to be added in proportion.
      if (operands.some(({ has, name }) => !has && !isZero(analysis, name))) freeze(axis);
    } else if (PRODUCTS.has(op)) product(analysis, op, axis, operands);
    else for (const each of [...carriers, { axis }]) freeze(each.axis);
  }
  return true;
}

function product(
  { change, tie, freeze, isStored }: Analysis,
  op: string,
  axis: Axis,
  operands: readonly { readonly name: string; readonly axis: Axis; readonly has: boolean }[],
): void {
  const [first] = operands;
  const moving = operands.filter(({ has, name }) => has && !isStored(name));
  const fixed = operands.filter(({ has, name }) => has && isStored(name));
  const [carrier] = moving.length > 0 ? moving : fixed;
  // A factor that stays as it is may not be changed for another use of it either.
  const stays = moving.length > 0 ? fixed : fixed.slice(1);
  for (const each of stays) freeze(each.axis);
  if (carrier !== undefined) tie(carrier.axis, axis);
  const fits =
    moving.length <= 1 &&
    (op === "Mul" || carrier === undefined || carrier === first) &&
    !(change === "mix" && stays.length > 0) &&
    !(op === "PRelu" && change !== "scale");
  if (!fits) for (const each of [...moving, { axis }]) freeze(each.axis);
}

function isZero({ isStored, values }: Analysis, name: string): boolean {
  const tensor = values.get(name);
  return isStored(name) && tensor !== undefined && toFloat64(tensor).every((x) => x === 0);
}
