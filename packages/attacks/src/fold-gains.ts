import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { freshNames, node } from "./decode.js";
import { float32, withFloats } from "./floats.js";
import { isOp, linksOf, replace } from "./graph-links.js";
import { linears } from "./linears.js";
import type { Core } from "./norms.js";

/**
 * Take the gains and offsets out of normalisations, so that what is left treats all directions alike: into the products
 * that take the result, or where something else does, into a product of its own.
 *
 * @param cores normalisations that are spelled out; a Mul by a vector after one is its gain
 */
export function foldGains(model: EditableModel, cores: readonly Core[]): void {
  for (const norm of model.nodes) {
    const stored = norm.inputs.slice(1).map((name) => model.initializers.get(name));
    if (!isOp(norm, "LayerNormalization", "RMSNormalization") || stored[0]?.dims.length !== 1) continue;
    const [gain, offset] = stored;
    norm.inputs = [
      norm.inputs[0] ?? "",
      keep(model, float32(gain.dims, new Float32Array(gain.data.length).fill(1))),
    ];
    take(model, norm, gain, offset);
  }
  const links = linksOf(model);
  for (const { to } of cores) {
    const multiply = links.soleConsumer(to);
    const gain = model.initializers.get(multiply?.inputs.find((name) => name !== to) ?? "");
    if (!isOp(multiply, "Mul") || gain?.dims.length !== 1 || gain.dims[0] === 1) continue;
    multiply.op = "Identity";
    multiply.inputs = [to];
    take(model, multiply, gain, undefined);
  }
}

function keep(model: EditableModel, tensor: Tensor): string {
  const name = freshNames(model)("gain");
  model.initializers.set(name, tensor);
  return name;
}

/** Give a gain and an offset to what takes the node's result. */
function take(model: EditableModel, maker: EditableNode, gain: Tensor, offset: Tensor | undefined): void {
  const [output = ""] = maker.outputs;
  const takers = linksOf(model).consumers(output);
  const products = linears(model).filter(
    (linear) => takers.includes(linear.node) && linear.node.inputs[0] === output,
  );
  const shift = offset === undefined ? null : toFloat64(offset);
  if (takers.length > 0 && products.length === takers.length) {
    for (const { node: product, weights, outputs } of products) {
      const before = toFloat64(weights);
      const gains = toFloat64(gain);
      const scaled = before.map((w, at) => w * (gains[Math.floor(at / outputs)] ?? 1));
      multiplyBy(
        model,
        product,
        withFloats(weights, scaled),
        shift === null ? null : rowTimes(shift, before, outputs),
      );
    }
    return;
  }
  const size = gain.data.length;
  const diagonal = new Float64Array(size * size);
  for (const [i, g] of toFloat64(gain).entries()) diagonal[i * size + i] = g;
  const fresh = freshNames(model);
  const [inner, weights] = [fresh(`${output}_unit`), fresh(`${output}_gain`)];
  maker.outputs[0] = inner;
  model.initializers.set(weights, withFloats(gain, diagonal, [size, size]));
  const product = node("MatMul", [inner, weights], [output]);
  replace(model, [maker], maker, product);
  if (offset !== undefined) addAfter(model, product, offset);
}

/** Other weights for a product, the way round it takes them, and something more to add. */
function multiplyBy(
  model: EditableModel,
  product: EditableNode,
  weights: Tensor,
  more: Float64Array | null,
): void {
  product.attributes.delete("transB");
  model.initializers.set(product.inputs[1] ?? "", weights);
  if (more !== null) addAfter(model, product, withFloats(weights, more, [more.length]));
}

function addAfter(model: EditableModel, product: EditableNode, tensor: Tensor): void {
  const fresh = freshNames(model);
  const [output = ""] = product.outputs;
  const [inner, added] = [fresh(`${output}_product`), fresh(`${output}_offset`)];
  model.initializers.set(added, tensor);
  product.outputs[0] = inner;
  replace(model, [product], product, node("Add", [inner, added], [output]));
}

/** A row times a matrix, row-major with the given columns. */
function rowTimes(row: Float64Array, matrix: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(columns);
  for (const [at, value] of matrix.entries())
    out[at % columns] = (out[at % columns] ?? 0) + (row[Math.floor(at / columns)] ?? 0) * value;
  return out;
}
