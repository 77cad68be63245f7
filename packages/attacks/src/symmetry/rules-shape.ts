import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableNode } from "@indicia/onnx/to-spec";
import { numberOf, numbersOf } from "../decode.js";
import { type Axis, newAxis } from "./atoms.js";
import { freezeNode } from "./freeze-node.js";
import type { Analysis } from "./space.js";

export function transpose({ axes, tie }: Analysis, node: EditableNode): void {
  const input = axes(node.inputs[0]);
  const perm = numbersOf(node, "perm") ?? [...input.keys()].reverse();
  for (const [i, axis] of axes(node.outputs[0]).entries()) tie(input[perm[i] ?? 0] ?? [], axis);
}

/** The same numbers in the same order: factors regroup. */
export function reshape(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change, isStored } = analysis;
  const [value = "", shape = ""] = node.inputs;
  tie(axes(value).flat(), axes(node.outputs[0]).flat());
  for (const axis of axes(shape)) freeze(axis);
  if (change !== "expand" || node.op !== "Reshape") return;
  // More coordinates fit only where the shape leaves the size open; a shape that is computed cannot be told of them.
  const stored = analysis.values.get(shape);
  const open = isStored(shape) && stored !== undefined ? [...toFloat64(stored)].map((dim) => dim <= 0) : [];
  for (const [i, axis] of axes(node.outputs[0]).entries()) if (open[i] !== true) freeze(axis);
}

export function concat(analysis: Analysis, node: EditableNode): void {
  const [output = ""] = node.outputs;
  parts(analysis, node, output, node.inputs);
}

export function split(analysis: Analysis, node: EditableNode): void {
  const [input = "", sizes = ""] = node.inputs;
  parts(analysis, node, input, node.outputs);
  for (const axis of analysis.axes(sizes)) analysis.freeze(axis);
}

/** A whole and its parts along an axis: parts of one size change alike, others not at all. */
function parts(analysis: Analysis, node: EditableNode, whole: string, pieces: readonly string[]): void {
  const { axes, tie, freeze, values, change } = analysis;
  const all = axes(whole);
  const given = numberOf(node, "axis", 0);
  const at = given < 0 ? given + all.length : given;
  const sizes = new Set(pieces.map((name) => values.get(name)?.dims[at]));
  for (const name of pieces)
    for (const [i, axis] of axes(name).entries()) if (i !== at) tie(axis, all[i] ?? []);
  const [first] = pieces;
  const piece = axes(first)[at] ?? [];
  if (sizes.size === 1 && change !== "expand") {
    const order = newAxis(pieces.length);
    freeze(order);
    for (const name of pieces) tie(axes(name)[at] ?? [], piece);
    tie(all[at] ?? [], [...order, ...piece]);
  } else for (const axis of [all[at] ?? [], ...pieces.map((name) => axes(name)[at] ?? [])]) freeze(axis);
}

/** Axes that are kept whole carry over. */
export function slice(analysis: Analysis, node: EditableNode): void {
  const steps = analysis.values.get(node.inputs[4] ?? "");
  const forward = steps === undefined || toFloat64(steps).every((step) => step > 0);
  if (forward) unresized(analysis, node);
  else freezeNode(analysis, node);
}

/** Axes of the same size before and after carry over; others stay, and so do all further inputs. */
export function unresized(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, values, change } = analysis;
  const [input = "", ...others] = node.inputs;
  const [output = ""] = node.outputs;
  const out = axes(output);
  const padded =
    node.op === "Pad" && change !== "permute" && change !== "expand" && !padsZero(analysis, node);
  for (const [i, axis] of axes(input).entries()) {
    const same = values.get(input)?.dims[i] === values.get(output)?.dims[i];
    if (same) tie(axis, out[i] ?? []);
    if (!same || padded) for (const each of [axis, out[i] ?? []]) freeze(each);
  }
  for (const name of others) for (const axis of axes(name)) freeze(axis);
}

function padsZero({ values }: Analysis, node: EditableNode): boolean {
  const value: Tensor | undefined = values.get(node.inputs[2] ?? "");
  const plain =
    value === undefined ? numberOf(node, "value", 0) === 0 : toFloat64(value).every((x) => x === 0);
  return plain && (node.attributes.get("mode") ?? "constant") === "constant";
}

export function gather(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change } = analysis;
  const [data = "", indices = ""] = node.inputs;
  const [own, picked, out] = [axes(data), axes(indices), axes(node.outputs[0])];
  const given = numberOf(node, "axis", 0);
  const at = given < 0 ? given + own.length : given;
  freeze(own[at] ?? []);
  for (const [i, axis] of own.entries())
    if (i !== at) tie(axis, out[i < at ? i : i - 1 + picked.length] ?? []);
  for (const [i, axis] of picked.entries()) {
    tie(axis, out[at + i] ?? []);
    if (change !== "permute") freeze(axis);
  }
}

export function oneHot(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change } = analysis;
  const [indices = "", depth = "", values = ""] = node.inputs;
  const [own, out] = [axes(indices), axes(node.outputs[0])];
  const given = numberOf(node, "axis", -1);
  const at = given < 0 ? given + out.length : given;
  for (const [i, axis] of out.entries()) {
    if (i === at) freeze(axis);
    else tie(own[i < at ? i : i - 1] ?? [], axis);
    if (change !== "permute") freeze(axis);
  }
  for (const axis of [...axes(depth), ...axes(values)]) freeze(axis);
}

/** Repeats along axes of size 1: in any order the same, but not with any other change. */
export function expand({ axes, tie, freeze, values, change }: Analysis, node: EditableNode): void {
  const [input = "", shape = ""] = node.inputs;
  const [own, out] = [axes(input), axes(node.outputs[0])];
  for (const [i, axis] of out.entries()) {
    const at = i - (out.length - own.length);
    if ((values.get(input)?.dims[at] ?? 1) > 1) tie(own[at] ?? [], axis);
    else if (change !== "permute") freeze(axis);
    if (change === "expand") freeze(axis);
  }
  for (const axis of axes(shape)) freeze(axis);
}

const AVERAGES = new Set(["AveragePool", "GlobalAveragePool"]);

/** Channels carry over where the pooling treats them alike; places in space stay. */
export function pool({ axes, tie, freeze, change }: Analysis, node: EditableNode): void {
  const out = axes(node.outputs[0]);
  for (const [i, axis] of axes(node.inputs[0]).entries()) {
    if (i < 2) tie(axis, out[i] ?? []);
    const admitted =
      change === "permute" || change === "expand" || change === "scale" || AVERAGES.has(node.op);
    if (i > 1 || !admitted) for (const each of [axis, out[i] ?? []]) freeze(each);
  }
  for (const name of node.outputs.slice(1)) for (const axis of axes(name)) freeze(axis);
}

const LINEAR = new Set(["ReduceMean", "ReduceSum"]);
const HOMOGENEOUS = new Set([...LINEAR, "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2"]);

/** Axes that remain carry over; those that are reduced may be in any order. */
export function reduce(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, values, change } = analysis;
  const [input = "", second = ""] = node.inputs;
  const own = axes(input);
  const out = axes(node.outputs[0]);
  const listed = values.get(second);
  const given = numbersOf(node, "axes") ?? (listed === undefined ? null : [...toFloat64(listed)]);
  const skips = given === null && numberOf(node, "noop_with_empty_axes", 0) !== 0;
  const gone = new Set(
    (given ?? (skips ? [] : [...own.keys()])).map((axis) => (axis < 0 ? axis + own.length : axis)),
  );
  const keeps = numberOf(node, "keepdims", 1) !== 0;
  const carries =
    change === "permute" || change === "expand" || (change === "scale" ? HOMOGENEOUS : LINEAR).has(node.op);
  let at = 0;
  for (const [i, axis] of own.entries()) {
    const result: Axis = gone.has(i) && !keeps ? [] : (out[at++] ?? []);
    if (!gone.has(i)) tie(axis, result);
    if (gone.has(i) ? change !== "permute" : !carries) freeze(axis);
  }
  for (const axis of axes(second)) freeze(axis);
}
