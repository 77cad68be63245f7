import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import type { Loot } from "./attack.js";
import { decode, encode, freshNames, liftConstants, node, opsetOf } from "./decode.js";
import { nothingToDo } from "./error.js";
import { isFloat } from "./floats.js";
import { isOp, linksOf, replace } from "./graph-links.js";
import { dynamicProducts } from "./int8-dynamic.js";
import { staticOperators } from "./int8-static.js";
import { type ByteType, quantise } from "./quantise.js";
import { trace } from "./symmetry/trace.js";
import { weightsOf } from "./weights.js";

export interface Int8Options extends Loot {
  /**
   * - `weights`: 8-bit weights and a DequantizeLinear before their use
   * - `qdq`: the same, and activations through QuantizeLinear and DequantizeLinear, calibrated on the rows
   * - `dynamic`: DynamicQuantizeLinear and MatMulInteger
   * - `dynamic-fused`: the runtime's own DynamicQuantizeMatMul
   * - `operators`: QLinearMatMul and QLinearConv, calibrated on the rows
   */
  readonly scheme: "weights" | "qdq" | "dynamic" | "dynamic-fused" | "operators";
  readonly type: ByteType;
  /** One scale for a tensor, or one for each output channel. */
  readonly per: "tensor" | "channel";
}

/** From these operator sets on there are the operators. */
const MINIMUM = { dynamic: 11, "dynamic-fused": 1, operators: 10 } as const;
/** From this one on DequantizeLinear has an axis; before, the runtime's own serves. */
const BY_CHANNEL = 13;

/**
 * Weights, and with some schemes activations, in 8 bits, as exporters' quantisation tools write them.
 *
 * @throws AttackError NOTHING_TO_DO where there are no weights that fit, or the operator set is too old; TRACE_FAILED
 */
export async function int8(bytes: Uint8Array, options: Int8Options): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const { scheme } = options;
  const dequantises = scheme === "weights" || scheme === "qdq";
  if (!dequantises && opsetOf(model) < MINIMUM[scheme]) throw nothingToDo(`operator set ${MINIMUM[scheme]}`);
  const changed = dequantises
    ? await dequantised(model, options)
    : scheme === "operators"
      ? staticOperators(model, await trace(model, options.rows), options)
      : dynamicProducts(model, options, scheme === "dynamic-fused");
  if (changed === 0) throw nothingToDo("weights in operators that have an 8-bit form");
  return encode(model);
}

async function dequantised(model: EditableModel, options: Int8Options): Promise<number> {
  const { type, per, scheme } = options;
  const values = scheme === "qdq" ? await trace(model, options.rows) : null;
  const fresh = freshNames(model);
  const { soleConsumer } = linksOf(model);
  const domain = opsetOf(model) < BY_CHANNEL ? "com.microsoft" : "";
  if (domain !== "") model.opsets.set(domain, 1);
  let changed = 0;
  for (const { name, tensor, axis } of weightsOf(model)) {
    const user = soleConsumer(name);
    if (!model.initializers.has(name) || !isOp(user, "MatMul", "Gemm", "Conv", "ConvTranspose")) continue;
    const { values: whole, scales, zeros } = quantise(tensor, type, per === "channel" ? axis : null);
    const inputs = [fresh(`${name}_quantised`), fresh(`${name}_scale`), fresh(`${name}_zero`)];
    for (const [i, part] of [whole, scales, zeros].entries()) model.initializers.set(inputs[i] ?? "", part);
    model.initializers.delete(name);
    const along = per === "channel" ? { axis: BigInt(axis) } : {};
    const wide = node("DequantizeLinear", inputs, [name], along, domain);
    const fed = values?.get(user.inputs[0] ?? "");
    const extra = fed === undefined || !isFloat(fed) ? [] : activation(model, user, fed, fresh, domain);
    replace(model, [user], wide, ...extra, user);
    changed++;
  }
  return changed;
}

/** Round what a node takes to 8 bits and back. */
function activation(
  model: EditableModel,
  user: EditableNode,
  seen: Parameters<typeof quantise>[0],
  fresh: (base: string) => string,
  domain: string,
): EditableNode[] {
  const [value = ""] = user.inputs;
  const { scales, zeros } = quantise(seen, "uint8", null);
  const [scale, zero] = [fresh(`${value}_scale`), fresh(`${value}_zero`)];
  const [narrow, wide] = [fresh(`${value}_quantised`), fresh(`${value}_dequantised`)];
  model.initializers.set(scale, scales);
  model.initializers.set(zero, zeros);
  user.inputs[0] = wide;
  return [
    node("QuantizeLinear", [value, scale, zero], [narrow], {}, domain),
    node("DequantizeLinear", [narrow, scale, zero], [wide], {}, domain),
  ];
}
