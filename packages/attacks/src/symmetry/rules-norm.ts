import { toFloat64 } from "@indicia/onnx/tensor";
import type { EditableNode } from "@indicia/onnx/to-spec";
import { numberOf } from "../decode.js";
import { freezeNode } from "./freeze-node.js";
import type { Analysis } from "./space.js";

/** scale (x - mean) / sqrt(variance + epsilon) + bias: a diagonal change of x or of the result goes into the four. */
export function batchNorm(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, also, change, isStored } = analysis;
  const [x = "", scale = "", bias = "", mean = "", variance = ""] = node.inputs;
  const parts = [scale, bias, mean, variance];
  const [input, output] = [axes(x), axes(node.outputs[0])];
  const [channels = [], outChannels = []] = [input[1], output[1]];
  for (const [i, axis] of input.entries()) if (i !== 1) tie(axis, output[i] ?? []);
  if (change === "permute" || change === "expand") {
    tie(channels, outChannels);
    for (const name of parts) tie(axes(name)[0] ?? [], outChannels);
  } else if (change === "mix" || !parts.every((name) => isStored(name))) freezeNode(analysis, node);
  else {
    for (const name of [scale, bias]) tie(axes(name)[0] ?? [], outChannels);
    tie(axes(mean)[0] ?? [], channels);
    also(scale, 0, channels, true);
    for (const axis of axes(variance)) freeze(axis);
    for (const [i, axis] of output.entries()) if (i !== 1) freeze(axis);
  }
}

export function instanceNorm(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change } = analysis;
  if (change !== "permute" && change !== "expand") {
    freezeNode(analysis, node);
    return;
  }
  const [x, ...parts] = node.inputs;
  const output = axes(node.outputs[0]);
  for (const [i, axis] of axes(x).entries()) {
    tie(axis, output[i] ?? []);
    if (i > 1) freeze(axis);
  }
  for (const name of parts) tie(axes(name)[0] ?? [], output[1] ?? []);
}

/** gamma (x - mean) / deviation + beta over the last axes; without the mean for the root mean square alone. */
export function layerNorm(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change, keepOnes } = analysis;
  const [x = "", ...parts] = node.inputs;
  const [input, output] = [axes(x), axes(node.outputs[0])];
  const axis = numberOf(node, "axis", -1);
  const first = axis < 0 ? axis + input.length : axis;
  const plain = parts.every((name, i) => isConstant(analysis, name, i === 0 ? 1 : 0));
  const gainsAlone = change === "scale" || change === "flip";
  for (const [i, own] of input.entries()) {
    const result = output[i] ?? [];
    if (!(gainsAlone && i >= first)) tie(own, result);
    if (change === "permute") continue;
    const mixes = change === "mix" && (i < first || (plain && first === input.length - 1));
    if (!mixes && !(change === "expand" && i < first)) freeze(own);
    if (mixes && i === first && node.op === "LayerNormalization") keepOnes(own);
  }
  for (const name of parts) {
    const own = axes(name);
    for (const [i, each] of own.entries()) {
      if (change === "mix") freeze(each);
      else tie(each, output[output.length - own.length + i] ?? []);
    }
  }
  for (const name of node.outputs.slice(1)) for (const each of axes(name)) freeze(each);
}

function isConstant({ values, isStored }: Analysis, name: string, value: number): boolean {
  const tensor = values.get(name);
  return (
    name === "" || (isStored(name) && tensor !== undefined && toFloat64(tensor).every((x) => x === value))
  );
}

export function softmax(analysis: Analysis, node: EditableNode): void {
  const { axes, tie, freeze, change } = analysis;
  const [input, output] = [axes(node.inputs[0]), axes(node.outputs[0])];
  const axis = numberOf(node, "axis", -1);
  const first = axis < 0 ? axis + input.length : axis;
  for (const [i, own] of input.entries()) {
    tie(own, output[i] ?? []);
    if (change !== "permute" && !(change === "expand" && i < first)) freeze(own);
  }
}
