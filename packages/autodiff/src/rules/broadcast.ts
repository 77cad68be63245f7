import { type Dim, padded } from "../shapes/value.js";
import { add, type Call, counting, real, reduce, shapeOf, whole } from "./rule.js";

/**
 * The gradient of a value that was broadcast: summed over the axes along which it was repeated.
 *
 * @param grad of the broadcast shape
 * @param from the broadcast shape as far as it is known
 */
export function unbroadcast(call: Call, grad: string, from: readonly Dim[] | null, name: string): string {
  const to = call.value(name).dims;
  if (to === null || from === null) return summedAtRun(call, grad, name);
  if (to.length === from.length && to.every((dim, at) => dim === from[at])) return grad;
  const wide = padded(to, from.length);
  // A size that is known only when the model runs may turn out to be 1.
  if (wide.some((dim, at) => typeof dim === "string" && dim !== from[at]))
    return summedAtRun(call, grad, name);
  const extra = from.length - to.length;
  const repeated = counting(from.length).filter((at) => at >= extra && wide[at] === 1 && from[at] !== 1);
  const inner = repeated.length === 0 ? grad : reduce(call, "ReduceSum", grad, repeated, true);
  return extra === 0 ? inner : reduce(call, "ReduceSum", inner, counting(extra), false);
}

/** Which axes were repeated is told from the shapes when the model runs; a sum over an axis of one element is harmless. */
function summedAtRun(call: Call, grad: string, name: string): string {
  const shape = shapeOf(call, name);
  const missing = add(call, "Sub", [
    add(call, "Size", [add(call, "Shape", [grad])]),
    add(call, "Size", [shape]),
  ]);
  const front = add(call, "ConstantOfShape", [add(call, "Reshape", [missing, whole(call, [1])])], {
    value: { type: "int64", dims: [1], data: BigInt64Array.of(1n) },
  });
  const wide = add(call, "Concat", [front, shape], { axis: 0 });
  const axes = add(call, "Reshape", [
    add(call, "NonZero", [add(call, "Equal", [wide, whole(call, [1])])]),
    whole(call, [-1]),
  ]);
  const summed = add(call, "ReduceSum", [grad, axes], { keepdims: 1, noop_with_empty_axes: 1 });
  return add(call, "Reshape", [summed, shape]);
}

/** A gradient that is spread evenly over a value's shape. */
export function spread(call: Call, grad: string, name: string): string {
  return add(call, "Expand", [grad, shapeOf(call, name)]);
}

/** Zeros of a value's shape. */
export function zeros(call: Call, name: string): string {
  return add(call, "Expand", [real(call, 0), shapeOf(call, name)]);
}
