import { numberOf, numbersOf } from "../attributes.js";
import { shapeUnknown } from "../error.js";
import { axisOf, numbersIn } from "../shapes/value.js";
import { zeros } from "./broadcast.js";
import {
  add,
  type Call,
  counting,
  dimsOf,
  gradOf,
  input,
  nodeName,
  type Rule,
  shapeOf,
  whole,
} from "./rule.js";

/** For whatever only names the same elements in another shape. */
const reshaped: Rule = (call) => [add(call, "Reshape", [gradOf(call), shapeOf(call, input(call, 0))])];

const transpose: Rule = (call) => {
  const order = numbersOf(call.node, "perm");
  if (order === null) return [add(call, "Transpose", [gradOf(call)])];
  const inverse = order.map((_, at) => order.indexOf(at));
  return [add(call, "Transpose", [gradOf(call)], { perm: { ints: inverse } })];
};

/** Lengths of tensors along one axis, as a list of int64. */
function lengthsAlong(call: Call, names: readonly string[], axis: number): string {
  const known = numbersIn(
    names.map((name) => {
      const dims = call.value(name).dims;
      return dims?.[axisOf(axis, dims.length)] ?? "";
    }),
  );
  if (known !== null) return whole(call, known);
  const each = names.map((name) => add(call, "Gather", [add(call, "Shape", [name]), whole(call, [axis])]));
  return add(call, "Concat", each, { axis: 0 });
}

const concat: Rule = (call) => {
  const axis = numberOf(call.node, "axis", 0);
  const names = call.node.inputs;
  if (names.length === 1) return [gradOf(call)];
  const outputs = call.builder.addMany(
    "Split",
    [gradOf(call), lengthsAlong(call, names, axis)],
    names.length,
    { axis },
  );
  return outputs.map((name, at) => (call.needs[at] === true ? name : null));
};

const split: Rule = (call) => {
  const parts = call.node.outputs.map((name, at) => call.grads[at] ?? zeros(call, name));
  return [add(call, "Concat", parts, { axis: numberOf(call.node, "axis", 0) })];
};

/** Repeated elements get the sum of what their copies get. */
const tile: Rule = (call) => {
  const dims = dimsOf(call, 0);
  if (dims === null) throw shapeUnknown("Tile", nodeName(call), "the rank of its input");
  // [r0, d0, r1, d1, ...] from repeats and shape.
  const both = add(
    call,
    "Concat",
    [
      add(call, "Reshape", [input(call, 1), whole(call, [-1, 1])]),
      add(call, "Reshape", [shapeOf(call, input(call, 0)), whole(call, [-1, 1])]),
    ],
    { axis: 1 },
  );
  const wide = add(call, "Reshape", [gradOf(call), add(call, "Reshape", [both, whole(call, [-1])])]);
  const axes = counting(dims.length).map((at) => 2 * at);
  return [add(call, "ReduceSum", [wide, whole(call, axes)], { keepdims: 0 })];
};

export const MOVES: Readonly<Record<string, Rule>> = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Tile: tile,
};
