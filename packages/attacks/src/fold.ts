import { toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import type { Loot } from "./attack.js";
import { decode, encode, freshNames, liftConstants, node, numberOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { withFloats } from "./floats.js";
import { isOp, linksOf, replace, sweep } from "./graph-links.js";
import { trace } from "./symmetry/trace.js";

export interface FoldOptions extends Loot {
  /** `norm` for Conv and BatchNormalization into one Conv, `gemm` for MatMul and Add into one Gemm. */
  readonly what: "norm" | "gemm";
}

/**
 * Two nodes become one.
 *
 * @throws AttackError NOTHING_TO_DO; TRACE_FAILED for `gemm`
 */
export async function fold(bytes: Uint8Array, options: FoldOptions): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const changed = options.what === "norm" ? foldNorms(model) : await fuseGemms(model, options);
  if (changed === 0)
    throw nothingToDo(options.what === "norm" ? "Conv before a BatchNormalization" : "MatMul before an Add");
  sweep(model);
  return encode(model);
}

/** Fold every BatchNormalization into the Conv before it. */
export function foldNorms(model: EditableModel): number {
  const { ownTensor, soleConsumer } = linksOf(model);
  const fresh = freshNames(model);
  let changed = 0;
  for (const conv of model.nodes) {
    const weights = isOp(conv, "Conv") ? ownTensor(conv, 1) : undefined;
    const norm = soleConsumer(conv.outputs[0]);
    if (weights === undefined || !isOp(norm, "BatchNormalization") || norm.inputs[0] !== conv.outputs[0])
      continue;
    const parts = norm.inputs.slice(1).map((name) => model.initializers.get(name));
    const [scale, bias, mean, variance] = parts.map((each) => (each === undefined ? null : toFloat64(each)));
    if (!scale || !bias || !mean || !variance) continue;
    const epsilon = numberOf(norm, "epsilon", 1e-5);
    const factors = scale.map((s, i) => s / Math.sqrt((variance[i] ?? 0) + epsilon));
    const each = toFloat64(weights);
    const width = each.length / factors.length;
    const folded = each.map((w, i) => w * (factors[Math.floor(i / width)] ?? 1));
    const given = model.initializers.get(conv.inputs[2] ?? "");
    const before = given === undefined ? new Float64Array(factors.length) : toFloat64(given);
    const shift = before.map((b, i) => (b - (mean[i] ?? 0)) * (factors[i] ?? 1) + (bias[i] ?? 0));
    const name = fresh(`${conv.inputs[1]}_bias`);
    model.initializers.set(conv.inputs[1] ?? "", withFloats(weights, folded));
    model.initializers.set(name, withFloats(weights, shift, [shift.length]));
    conv.inputs = [...conv.inputs.slice(0, 2), name];
    conv.outputs = norm.outputs.slice(0, 1);
    replace(model, [norm]);
    changed++;
  }
  return changed;
}

async function fuseGemms(model: EditableModel, { rows }: FoldOptions): Promise<number> {
  const { soleConsumer } = linksOf(model);
  const values = await trace(model, rows);
  const isMatrix = (name = ""): boolean => values.get(name)?.dims.length === 2;
  let changed = 0;
  for (const product of model.nodes) {
    const add = soleConsumer(product.outputs[0]);
    if (!isOp(product, "MatMul") || !isOp(add, "Add") || !product.inputs.every(isMatrix)) continue;
    const bias = add.inputs.find((name) => name !== product.outputs[0]);
    const [columns = 0] = values.get(product.outputs[0] ?? "")?.dims.slice(1) ?? [];
    if (bias === undefined || !isRow(model, bias, columns)) continue;
    fuse(model, product, add, bias);
    changed++;
  }
  return changed;
}

function isRow(model: EditableModel, name: string, columns: number): boolean {
  const dims = model.initializers.get(name)?.dims;
  return (
    dims !== undefined &&
    (dims.length === 1 || (dims.length === 2 && dims[0] === 1)) &&
    dims.at(-1) === columns
  );
}

function fuse(model: EditableModel, product: EditableNode, add: EditableNode, bias: string): void {
  replace(model, [product]);
  replace(model, [add], node("Gemm", [...product.inputs, bias], add.outputs));
}
