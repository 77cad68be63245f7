import type { EditableModel } from "@indicia/onnx/to-spec";
import type { Loot } from "./attack.js";
import { decode, encode, freshNames, liftConstants, node, numberOf, opsetOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { float32, transposed } from "./floats.js";
import { isOp, linksOf, replace } from "./graph-links.js";
import { trace } from "./symmetry/trace.js";

export interface TransposeOptions extends Loot {
  /**
   * - `flip`: Gemms take their weights the other way round, by transB
   * - `node`: MatMuls take theirs through a Transpose node
   * - `gemm`: MatMuls of plain matrices become Gemms with transB
   */
  readonly form: "flip" | "node" | "gemm";
}

/** From this operator set on a Gemm needs no third input. */
const GEMM_WITHOUT_C = 11;

/**
 * Weight matrices are stored transposed.
 *
 * @throws AttackError NOTHING_TO_DO; TRACE_FAILED for `gemm`
 */
export async function transpose(bytes: Uint8Array, options: TransposeOptions): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const changed = await {
    flip: flipGemms,
    node: transposeNodes,
    gemm: (each: EditableModel) => toGemms(each, options),
  }[options.form](model);
  if (changed === 0) throw nothingToDo(options.form === "flip" ? "Gemm with weights" : "MatMul with weights");
  return encode(model);
}

function flipGemms(model: EditableModel): number {
  const { ownTensor } = linksOf(model);
  let changed = 0;
  for (const gemm of model.nodes) {
    const weights = isOp(gemm, "Gemm") ? ownTensor(gemm, 1) : undefined;
    if (weights === undefined) continue;
    model.initializers.set(gemm.inputs[1] ?? "", transposed(weights));
    gemm.attributes.set("transB", BigInt(1 - numberOf(gemm, "transB", 0)));
    changed++;
  }
  return changed;
}

function transposeNodes(model: EditableModel): number {
  const { ownTensor } = linksOf(model);
  const fresh = freshNames(model);
  let changed = 0;
  for (const product of model.nodes) {
    const weights = isOp(product, "MatMul") ? ownTensor(product, 1) : undefined;
    const [, name = ""] = product.inputs;
    if (weights?.dims.length !== 2) continue;
    const turned = fresh(`${name}_t`);
    model.initializers.delete(name);
    model.initializers.set(turned, transposed(weights));
    replace(model, [product], node("Transpose", [turned], [name], { perm: { ints: [1, 0] } }), product);
    changed++;
  }
  return changed;
}

async function toGemms(model: EditableModel, { rows }: TransposeOptions): Promise<number> {
  const { ownTensor } = linksOf(model);
  const fresh = freshNames(model);
  const values = await trace(model, rows);
  let changed = 0;
  for (const product of model.nodes) {
    const weights = isOp(product, "MatMul") ? ownTensor(product, 1) : undefined;
    const [value = "", name = ""] = product.inputs;
    if (weights?.dims.length !== 2 || values.get(value)?.dims.length !== 2) continue;
    model.initializers.set(name, transposed(weights));
    product.op = "Gemm";
    product.attributes.set("transB", 1n);
    if (opsetOf(model) < GEMM_WITHOUT_C) {
      const zero = fresh("zero");
      model.initializers.set(zero, float32([1], new Float32Array(1)));
      product.inputs.push(zero);
    }
    changed++;
  }
  return changed;
}
