import { ELEMENT_TYPES } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { freshNames, node } from "./decode.js";
import { linears, replaceLinear } from "./linears.js";
import { type ByteType, quantise } from "./quantise.js";

/** Products with weights in 8 bits and activations rounded to what each run needs; returns how many. */
export function dynamicProducts(
  model: EditableModel,
  { type, per }: { readonly type: ByteType; readonly per: "tensor" | "channel" },
  fused: boolean,
): number {
  const fresh = freshNames(model);
  const found = linears(model);
  for (const linear of found) {
    const [x = "", name = ""] = linear.node.inputs;
    const { values, scales, zeros } = quantise(linear.weights, type, per === "channel" ? 1 : null);
    const [weights, scale, zero] = [
      fresh(`${name}_quantised`),
      fresh(`${name}_scale`),
      fresh(`${name}_zero`),
    ];
    model.initializers.set(weights, values);
    model.initializers.set(scale, scales);
    model.initializers.set(zero, zeros);
    replaceLinear(model, linear, fresh, (output) => {
      if (fused)
        return [node("DynamicQuantizeMatMul", [x, weights, scale, zero], [output], {}, "com.microsoft")];
      const part = (what: string): string => fresh(`${output}_${what}`);
      const [q, s, z, whole, wide, both] = [
        part("x"),
        part("x_scale"),
        part("x_zero"),
        part("whole"),
        part("wide"),
        part("scale"),
      ];
      return [
        node("DynamicQuantizeLinear", [x], [q, s, z]),
        node("MatMulInteger", [q, weights, z, zero], [whole]),
        node("Cast", [whole], [wide], { to: BigInt(ELEMENT_TYPES.indexOf("float32")) }),
        node("Mul", [s, scale], [both]),
        node("Mul", [wide, both], [output]),
      ];
    });
  }
  if (fused) model.opsets.set("com.microsoft", 1);
  return found.length;
}
