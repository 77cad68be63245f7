import type { AttributeSpec } from "@indicia/onnx/build";
import { numberOf, textOf } from "../attributes.js";
import { unbroadcast, zeros } from "./broadcast.js";
import {
  add,
  type Call,
  gradOf,
  input,
  output,
  outputDims,
  type Rule,
  shapeOf,
  unsqueeze,
  whole,
} from "./rule.js";

/** 0, 1, 2, ... in the shape of a value: the number of each of its places. */
function placesOf(call: Call, name: string): string {
  const shape = shapeOf(call, name);
  const { builder } = call;
  const count = add(call, "ReduceProd", [shape], { keepdims: 0 });
  const range = add(call, "Range", [builder.constant(0, "int64"), count, builder.constant(1, "int64")]);
  return add(call, "Reshape", [range, shape]);
}

/**
 * The gradient of an operator that copies elements of its first input: each part goes back to the place that the
 * element came from, where parts add up.
 *
 * @param sources the places in the flattened input that the elements of the output came from
 */
export function scattered(call: Call, grad: string, sources: string): string {
  const flat = (name: string): string => add(call, "Reshape", [name, whole(call, [-1])]);
  const name = input(call, 0);
  const sum = add(call, "ScatterElements", [flat(zeros(call, name)), flat(sources), flat(grad)], {
    axis: 0,
    reduction: "add",
  });
  return add(call, "Reshape", [sum, shapeOf(call, name)]);
}

/** Which place an element came from, the operator itself tells when it is applied to the numbers of the places. */
const copied: Rule = (call) => {
  const { attributes, op, inputs } = call.node;
  const named: Readonly<Record<string, AttributeSpec>> =
    attributes instanceof Map ? Object.fromEntries(attributes) : (attributes ?? {});
  // The filling of Pad is of the data's type; the other modes of Pad need none.
  const rest = op === "Pad" ? [inputs[1] ?? "", ...(inputs[3] ? ["", inputs[3]] : [])] : inputs.slice(1);
  const sources = add(call, op, [placesOf(call, input(call, 0)), ...rest], named);
  return [scattered(call, gradOf(call), sources)];
};

/** Rows of a table, as of an embedding, add up without a detour. */
const gather: Rule = (call) => {
  if (numberOf(call.node, "axis", 0) !== 0) return copied(call);
  const rows = unsqueeze(call, input(call, 1), [-1]);
  return [add(call, "ScatterND", [zeros(call, input(call, 0)), rows, gradOf(call)], { reduction: "add" })];
};

function scatterAlong(call: Call, indices: string, axis: number): string {
  const empty = zeros(call, input(call, 0));
  return add(call, "ScatterElements", [empty, indices, gradOf(call)], { axis, reduction: "add" });
}

const gatherElements: Rule = (call) => [scatterAlong(call, input(call, 1), numberOf(call.node, "axis", 0))];

const topK: Rule = (call) => [
  call.grads[0] === null ? null : scatterAlong(call, output(call, 1), numberOf(call.node, "axis", -1)),
];

/** Padding with a constant is undone by padding with less than nothing. */
const pad: Rule = (call) => {
  if (textOf(call.node, "mode", "constant") !== "constant") return copied(call);
  const grad = gradOf(call);
  const [pads, filling, axes] = [input(call, 1), input(call, 2), input(call, 3)];
  const back = add(call, "Pad", [grad, add(call, "Neg", [pads]), ...(axes === "" ? [] : ["", axes])]);
  if (filling === "" || call.needs[2] !== true) return [back];
  const total = (name: string): string => add(call, "ReduceSum", [name], { keepdims: 0 });
  const outside = add(call, "Sub", [total(grad), total(back)]);
  return [back, null, add(call, "Reshape", [outside, shapeOf(call, filling)])];
};

const expand: Rule = (call) => [unbroadcast(call, gradOf(call), outputDims(call), input(call, 0))];

export const SCATTERS: Readonly<Record<string, Rule>> = {
  Slice: copied,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: copied,
  TopK: topK,
  Pad: pad,
  Expand: expand,
};
