import type { EditableNode } from "@indicia/onnx/to-spec";
import { numberOf } from "../decode.js";
import type { Axis } from "./atoms.js";
import { freezeNode } from "./freeze-node.js";
import { combineAdded } from "./rules-added.js";
import type { Analysis } from "./space.js";

/** a b over the last two axes; the others broadcast. */
export function matMul(analysis: Analysis, { inputs, outputs }: EditableNode): void {
  const { axes, tie, freeze, isStored, change } = analysis;
  const [a = "", b = ""] = inputs;
  const out = [...axes(outputs[0])];
  const [left, right] = [[...axes(a)], [...axes(b)]];
  const inner = left.pop() ?? [];
  const columns = right.length > 1 ? right.pop() : undefined;
  const contracted = right.pop() ?? [];
  tie(inner, contracted, true);
  if (change === "expand" && !isStored(a) && !isStored(b)) freeze(inner);
  if (columns !== undefined) tie(columns, out.pop() ?? []);
  if (left.length > 0) tie(left.pop() ?? [], out.pop() ?? []);
  for (let i = 1; i <= out.length; i++) {
    const [x, y, z] = [left.at(-i) ?? [], right.at(-i) ?? [], out.at(-i) ?? []];
    if (x.length > 0) tie(x, z);
    if (y.length > 0) tie(y, z);
    if (change !== "permute" && change !== "expand" && x.length > 0 && y.length > 0) freeze(z);
  }
}

/** alpha a b + beta c with a and b either way round. */
export function gemm(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, isStored, change } = analysis;
  const [a = "", b = "", c = ""] = node.inputs;
  const turn = (name: string, attribute: string): readonly Axis[] =>
    numberOf(node, attribute, 0) === 0 ? axes(name) : axes(name).toReversed();
  const [rows = [], inner = []] = turn(a, "transA");
  const [contracted = [], columns = []] = turn(b, "transB");
  const [outRows = [], outColumns = []] = axes(node.outputs[0]);
  tie(inner, contracted, true);
  if (change === "expand" && !isStored(a) && !isStored(b)) freeze(inner);
  tie(rows, outRows);
  tie(columns, outColumns);
  if (c !== "" && numberOf(node, "beta", 1) !== 0) combineAdded(analysis, c, node.outputs[0] ?? "");
}

/** Channels meet channels; places in space stay where they are. */
export function conv(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change, values } = analysis;
  const [x = "", w = "", b = ""] = node.inputs;
  const [batch = [], channels = [], ...space] = axes(x);
  const [outputs = [], inputs = [], ...kernel] = axes(w);
  const [outBatch = [], outChannels = [], ...outSpace] = axes(node.outputs[0]);
  const groups = numberOf(node, "group", 1);
  const each = values.get(w)?.dims ?? [];
  if (groups > 1) {
    // Depthwise: one filter for each channel.
    if (each[1] !== 1 || each[0] !== groups || change === "expand" || change === "mix") {
      freezeNode(analysis, node);
      return;
    }
    tie(channels, outChannels);
    if (change === "permute") tie(outputs, outChannels);
    else freeze(outputs);
  } else {
    tie(channels, inputs, true);
    tie(outputs, outChannels);
  }
  tie(batch, outBatch);
  for (const axis of [...space, ...kernel, ...outSpace]) freeze(axis);
  if (b !== "") tie(axes(b)[0] ?? [], outChannels);
}

export function convTranspose(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze } = analysis;
  const [x = "", w = "", b = ""] = node.inputs;
  const [batch = [], channels = [], ...space] = axes(x);
  const [inputs = [], outputs = [], ...kernel] = axes(w);
  const [outBatch = [], outChannels = [], ...outSpace] = axes(node.outputs[0]);
  if (numberOf(node, "group", 1) > 1) {
    freezeNode(analysis, node);
    return;
  }
  tie(channels, inputs, true);
  tie(outputs, outChannels);
  tie(batch, outBatch);
  for (const axis of [...space, ...kernel, ...outSpace]) freeze(axis);
  if (b !== "") tie(axes(b)[0] ?? [], outChannels);
}
