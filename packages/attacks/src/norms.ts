import { toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { numberOf, numbersOf } from "./decode.js";
import { isOp, type Links, linksOf } from "./graph-links.js";

/** Nodes that together centre a value, or divide it by its root mean square, without gain. */
export interface Core {
  readonly nodes: readonly EditableNode[];
  readonly from: string;
  readonly to: string;
  readonly keepsOnes: boolean;
}

/** Centring and root mean squares over the last axis that exporters spell out in small operators. */
export function spelledCores(model: EditableModel): Core[] {
  const links = linksOf(model);
  return model.nodes.flatMap(
    (node) => centring(model, links, node) ?? rootMeanSquare(model, links, node) ?? [],
  );
}

/** x - mean(x) */
function centring(model: EditableModel, { producer }: Links, node: EditableNode): Core | null {
  const [from = "", mean = ""] = node.inputs;
  const maker = producer(mean);
  if (!isOp(node, "Sub") || !isOp(maker, "ReduceMean") || !overLast(model, maker) || maker.inputs[0] !== from)
    return null;
  return { nodes: [node, maker], from, to: node.outputs[0] ?? "", keepsOnes: true };
}

/** x / sqrt(mean(x^2) + epsilon), or the product with the reciprocal */
function rootMeanSquare(model: EditableModel, links: Links, mean: EditableNode): Core | null {
  const square = links.producer(mean.inputs[0] ?? "");
  if (!isOp(mean, "ReduceMean") || !overLast(model, mean) || square === undefined) return null;
  const [from = "", power = ""] = square.inputs;
  const squares = isOp(square, "Pow") ? scalarIs(model, power, 2) : isOp(square, "Mul") && power === from;
  const add = links.soleConsumer(mean.outputs[0]);
  const root = links.soleConsumer(add?.outputs[0]);
  if (!squares || !isOp(add, "Add") || !isOp(root, "Sqrt")) return null;
  const next = links.soleConsumer(root.outputs[0]);
  const one = next !== undefined && isOp(next, "Div") && scalarIs(model, next.inputs[0] ?? "", 1);
  const inverse = one || isOp(next, "Reciprocal");
  const last = inverse ? links.soleConsumer(next?.outputs[0]) : next;
  const joins = inverse ? isOp(last, "Mul") : isOp(last, "Div") && last.inputs[0] === from;
  if (last === undefined || !joins || !last.inputs.includes(from)) return null;
  const nodes = [square, mean, add, root, last, ...(inverse && next !== undefined ? [next] : [])];
  return { nodes, from, to: last.outputs[0] ?? "", keepsOnes: false };
}

function overLast(model: EditableModel, node: EditableNode): boolean {
  const listed = model.initializers.get(node.inputs[1] ?? "");
  const axes = numbersOf(node, "axes") ?? (listed === undefined ? [] : [...toFloat64(listed)]);
  return axes.length === 1 && axes[0] === -1 && numberOf(node, "keepdims", 1) !== 0;
}

function scalarIs(model: EditableModel, name: string, value: number): boolean {
  const tensor = model.initializers.get(name);
  return tensor !== undefined && toFloat64(tensor).every((x) => x === value);
}
