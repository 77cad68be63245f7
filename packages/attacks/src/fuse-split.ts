import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { decode, encode, freshNames, liftConstants, node, numberOf, opsetOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { int64, isFloat, withFloats } from "./floats.js";
import { isOp, linksOf, replace, sweep } from "./graph-links.js";

export interface FuseSplitOptions {
  /** `fuse` for sibling products into one wide one and a Split, `split` for a wide one into parts and a Concat. */
  readonly mode: "fuse" | "split";
  /** Parts of a wide product, default 2. */
  readonly parts?: number;
}

/** From this operator set on the sizes of a Split are an input. */
const SPLIT_BY_INPUT = 13;

/**
 * MatMuls and Gemms are joined along their output columns, or taken apart there.
 *
 * @throws AttackError NOTHING_TO_DO
 */
export function fuseSplit(bytes: Uint8Array, { mode, parts = 2 }: FuseSplitOptions): Uint8Array {
  const model = decode(bytes);
  liftConstants(model);
  const changed = mode === "fuse" ? fuse(model) : splitWide(model, parts);
  if (changed === 0)
    throw nothingToDo(mode === "fuse" ? "products of the same value" : "product wide enough");
  sweep(model);
  return encode(model);
}

/** A product with weights of its own, in columns. */
interface Product {
  readonly node: EditableNode;
  readonly weights: Tensor;
  readonly bias: Tensor | null;
  /** Axis of the output columns in the weights. */
  readonly axis: 0 | 1;
}

function products(model: EditableModel): Product[] {
  const { ownTensor } = linksOf(model);
  return model.nodes.flatMap((each) => {
    const weights = isOp(each, "MatMul", "Gemm") ? ownTensor(each, 1) : undefined;
    if (weights?.dims.length !== 2 || !isFloat(weights)) return [];
    const biased = each.inputs[2] !== undefined && each.inputs[2] !== "";
    const bias = biased ? model.initializers.get(each.inputs[2] ?? "") : null;
    const axis = each.op === "Gemm" && numberOf(each, "transB", 0) !== 0 ? 0 : 1;
    const fits = bias === null || (bias?.dims.length === 1 && bias.dims[0] === weights.dims[axis]);
    return bias === undefined || !fits ? [] : [{ node: each, weights, bias, axis }];
  });
}

function fuse(model: EditableModel): number {
  const groups = new Map<string, Product[]>();
  for (const product of products(model)) {
    const { node: each, bias } = product;
    const settings = ["alpha", "beta", "transA", "transB"].map((name) => numberOf(each, name, -1));
    const key = JSON.stringify([each.op, each.inputs[0], bias === null, settings]);
    groups.set(key, [...(groups.get(key) ?? []), product]);
  }
  const fresh = freshNames(model);
  let changed = 0;
  for (const siblings of groups.values()) {
    const [first] = siblings;
    if (first === undefined || siblings.length < 2) continue;
    const { node: lead, axis, bias } = first;
    const wide = fresh("wide");
    const [weightName, biasName, output] = [`${wide}_weight`, `${wide}_bias`, `${wide}_out`].map(fresh);
    model.initializers.set(
      weightName ?? "",
      joined(
        siblings.map(({ weights }) => weights),
        axis,
      ),
    );
    if (bias !== null)
      model.initializers.set(
        biasName ?? "",
        joined(
          siblings.flatMap((each) => each.bias ?? []),
          0,
        ),
      );
    const sizes = siblings.map(({ weights }) => weights.dims[axis] ?? 0);
    const inputs = [lead.inputs[0] ?? "", weightName ?? "", ...(bias === null ? [] : [biasName ?? ""])];
    const product: EditableNode = { ...lead, name: "", inputs, outputs: [output ?? ""] };
    const outputs = siblings.map((each) => each.node.outputs[0] ?? "");
    const old = siblings.map((each) => each.node);
    replace(model, old, product, splitNode(model, output ?? "", outputs, sizes, fresh));
    changed++;
  }
  return changed;
}

function splitNode(
  model: EditableModel,
  value: string,
  outputs: readonly string[],
  sizes: readonly number[],
  fresh: (base: string) => string,
): EditableNode {
  if (opsetOf(model) < SPLIT_BY_INPUT)
    return node("Split", [value], outputs, { axis: -1n, split: { ints: sizes } });
  const name = fresh("sizes");
  model.initializers.set(name, int64(...sizes));
  return node("Split", [value, name], outputs, { axis: -1n });
}

function splitWide(model: EditableModel, parts: number): number {
  const fresh = freshNames(model);
  let changed = 0;
  for (const { node: wide, weights, bias, axis } of products(model)) {
    const columns = weights.dims[axis] ?? 0;
    if (columns < 2 * parts) continue;
    const cuts = Array.from({ length: parts + 1 }, (_, i) => Math.round((i * columns) / parts));
    const narrow = Array.from({ length: parts }, (_, i): EditableNode => {
      const [from = 0, to = 0] = cuts.slice(i, i + 2);
      const name = fresh(`${wide.inputs[1]}_${i}`);
      model.initializers.set(name, cut(weights, axis, from, to));
      const inputs = [wide.inputs[0] ?? "", name];
      if (bias !== null) {
        const biasName = fresh(`${wide.inputs[2]}_${i}`);
        model.initializers.set(biasName, cut(bias, 0, from, to));
        inputs.push(biasName);
      }
      return {
        ...wide,
        attributes: new Map(wide.attributes),
        name: "",
        inputs,
        outputs: [fresh(`${name}_out`)],
      };
    });
    const pieces = narrow.map(({ outputs }) => outputs[0] ?? "");
    replace(model, [wide], ...narrow, node("Concat", pieces, wide.outputs, { axis: -1n }));
    changed++;
  }
  return changed;
}

/** Part of an axis. */
function cut(tensor: Tensor, axis: 0 | 1, from: number, to: number): Tensor {
  const values = toFloat64(tensor);
  const width = tensor.dims.length - 1 === axis ? 1 : (tensor.dims[1] ?? 1);
  const size = tensor.dims[axis] ?? 0;
  const kept = values.filter((_, i) => {
    const at = Math.floor(i / width) % size;
    return at >= from && at < to;
  });
  return withFloats(
    tensor,
    kept,
    tensor.dims.map((dim, i) => (i === axis ? to - from : dim)),
  );
}

/** Tensors one after another along an axis. */
function joined(tensors: readonly Tensor[], axis: 0 | 1): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new TypeError("nothing to join");
  const size = tensors.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  const dims = first.dims.map((dim, i) => (i === axis ? size : dim));
  const rows = axis === 0 ? 1 : (first.dims[0] ?? 1);
  const parts = tensors.map(toFloat64);
  const values = Array.from({ length: rows }, (_, row) =>
    parts.flatMap((part) => [part.subarray((row * part.length) / rows, ((row + 1) * part.length) / rows)]),
  ).flat();
  const out = new Float64Array(values.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of values) {
    out.set(part, at);
    at += part.length;
  }
  return withFloats(first, out, dims);
}
