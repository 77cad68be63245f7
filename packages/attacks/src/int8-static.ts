import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { freshNames, node, numberOf } from "./decode.js";
import { isFloat } from "./floats.js";
import { isOp, linksOf, replace } from "./graph-links.js";
import { type Linear, linears, replaceLinear } from "./linears.js";
import { type ByteType, quantise, type Quantised } from "./quantise.js";

interface Options {
  readonly type: ByteType;
  readonly per: "tensor" | "channel";
}

/**
 * QLinearMatMul and QLinearConv in the place of products and convolutions, between a QuantizeLinear and a
 * DequantizeLinear with the ranges seen on sample rows.
 *
 * @returns how many
 */
export function staticOperators(
  model: EditableModel,
  values: ReadonlyMap<string, Tensor>,
  options: Options,
): number {
  const store = storing(model);
  let changed = 0;
  for (const linear of linears(model))
    changed += Number(staticProduct(model, values, linear, options, store));
  const { ownTensor } = linksOf(model);
  for (const conv of model.nodes) {
    const weights = isOp(conv, "Conv") ? ownTensor(conv, 1) : undefined;
    if (weights !== undefined) changed += Number(staticConv(model, values, conv, weights, options, store));
  }
  return changed;
}

/** Keep tensors under new names. */
interface Store {
  readonly fresh: (base: string) => string;
  readonly keep: (base: string, tensor: Tensor) => string;
}

function storing(model: EditableModel): Store {
  const fresh = freshNames(model);
  return {
    fresh,
    keep: (base, tensor) => {
      const name = fresh(base);
      model.initializers.set(name, tensor);
      return name;
    },
  };
}

function staticProduct(
  model: EditableModel,
  values: ReadonlyMap<string, Tensor>,
  linear: Linear,
  { type, per }: Options,
  { fresh, keep }: Store,
): boolean {
  const [x = "", name = ""] = linear.node.inputs;
  const [seen, result] = [values.get(x), values.get(linear.node.outputs[0] ?? "")];
  if (seen === undefined || result === undefined || !isFloat(seen)) return false;
  const from = quantise(seen, "uint8", null);
  const to = quantise(result, "uint8", null);
  const weights = quantise(linear.weights, type, per === "channel" ? 1 : null);
  const w = keepAll(keep, name, weights);
  const a = [keep(`${x}_s`, from.scales), keep(`${x}_z`, from.zeros)];
  const y = [keep(`${name}_y_s`, to.scales), keep(`${name}_y_z`, to.zeros)];
  const [narrow, whole] = [fresh(`${x}_q`), fresh(`${name}_y_q`)];
  replaceLinear(model, linear, fresh, (output) => [
    node("QuantizeLinear", [x, ...a], [narrow]),
    node("QLinearMatMul", [narrow, ...a, ...w, ...y], [whole]),
    node("DequantizeLinear", [whole, ...y], [output]),
  ]);
  return true;
}

function staticConv(
  model: EditableModel,
  values: ReadonlyMap<string, Tensor>,
  conv: EditableNode,
  tensor: Tensor,
  { type, per }: Options,
  { fresh, keep }: Store,
): boolean {
  const [x = "", name = "", bias = ""] = conv.inputs;
  const [output = ""] = conv.outputs;
  const [seen, result] = [values.get(x), values.get(output)];
  const added = model.initializers.get(bias);
  const fits =
    seen?.dims.length === 4 && numberOf(conv, "group", 1) === 1 && (bias === "" || added !== undefined);
  if (seen === undefined || result === undefined || !fits || !isFloat(seen)) return false;
  const from = quantise(seen, "uint8", null);
  const to = quantise(result, "uint8", null);
  const weights = quantise(tensor, type, per === "channel" ? 0 : null);
  const w = keepAll(keep, name, weights);
  const a = [keep(`${x}_s`, from.scales), keep(`${x}_z`, from.zeros)];
  const y = [keep(`${name}_y_s`, to.scales), keep(`${name}_y_z`, to.zeros)];
  const b = added === undefined ? [] : [keep(`${bias}_q`, wholeBias(added, from.scales, weights.scales))];
  const [narrow, whole] = [fresh(`${x}_q`), fresh(`${name}_y_q`)];
  const quantised: EditableNode = {
    ...conv,
    op: "QLinearConv",
    inputs: [narrow, ...a, ...w, ...y, ...b],
    outputs: [whole],
  };
  model.initializers.delete(name);
  replace(
    model,
    [conv],
    node("QuantizeLinear", [x, ...a], [narrow]),
    quantised,
    node("DequantizeLinear", [whole, ...y], [output]),
  );
  return true;
}

/** A bias in units of the product's scales, as QLinearConv wants it. */
function wholeBias(bias: Tensor, from: Tensor, weights: Tensor): Tensor {
  const [x = 1] = toFloat64(from);
  const scales = toFloat64(weights);
  const whole = toFloat64(bias).map((value, i) => value / (x * (scales[i % scales.length] ?? 1)));
  return { type: "int32", dims: bias.dims, data: Int32Array.from(whole, Math.round) };
}

/** Integers, scales and zero points of a tensor, stored under its name. */
function keepAll(keep: Store["keep"], name: string, { values, scales, zeros }: Quantised): string[] {
  return [keep(`${name}_q`, values), keep(`${name}_s`, scales), keep(`${name}_z`, zeros)];
}
