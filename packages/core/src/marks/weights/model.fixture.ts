import { buildModel, type GraphSpec, type ModelSpec, type NodeSpec } from "@indicia/onnx/build";
import { type OnnxModel, openModelBytes } from "@indicia/onnx/open";
import {
  type ElementType,
  numberToBfloat,
  numberToHalf,
  type Tensor,
  type ValueInfo,
} from "@indicia/onnx/tensor";
import { normal, publicRandom } from "../../probes/prng.js";

/** Heavy-tailed weights (Student's t, 4 degrees of freedom), the same for the same label. */
export function heavyTensor(label: string, dims: readonly number[], type: ElementType = "float32"): Tensor {
  const random = publicRandom(`weights/${label}`);
  const values = Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => {
    let chi = 0;
    for (let i = 0; i < 4; i++) chi += normal(random) ** 2;
    return (0.05 * normal(random)) / Math.sqrt(chi / 4);
  });
  if (type === "float16") return { type, dims, data: Uint16Array.from(values, numberToHalf) };
  if (type === "bfloat16") return { type, dims, data: Uint16Array.from(values, numberToBfloat) };
  return { type, dims, data: type === "float64" ? Float64Array.from(values) : values };
}

/** A graph input or output. */
export function value(name: string, dims: ValueInfo["dims"], type: ElementType = "float32"): ValueInfo {
  return { name, type, dims };
}

/** A model around the given nodes, opened from memory. */
export function modelOf(
  nodes: readonly NodeSpec[],
  initializers: Readonly<Record<string, Tensor>>,
  io: Partial<Pick<GraphSpec, "inputs" | "outputs">> = {},
): OnnxModel {
  return openModelBytes(modelBytesOf(nodes, initializers, io));
}

export function modelBytesOf(
  nodes: readonly NodeSpec[],
  initializers: Readonly<Record<string, Tensor>>,
  io: Partial<Pick<ModelSpec, "inputs" | "outputs" | "opsets">> = {},
): Uint8Array {
  return buildModel({ nodes, initializers, inputs: [value("x", null)], outputs: [value("y", null)], ...io });
}

/** A three-layer network: 64 inputs, 10 outputs, weights of one type, 64 x 256, 256 x 256 and 256 x 10. */
export function layeredBytes(type: ElementType = "float32"): Uint8Array {
  return modelBytesOf(
    [
      { op: "MatMul", inputs: ["x", "first"], outputs: ["a"] },
      { op: "Relu", inputs: ["a"], outputs: ["b"] },
      { op: "Gemm", inputs: ["b", "second"], outputs: ["c"], attributes: { transB: 1 } },
      { op: "Relu", inputs: ["c"], outputs: ["d"] },
      { op: "MatMul", inputs: ["d", "third"], outputs: ["y"] },
    ],
    {
      first: heavyTensor("first", [64, 256], type),
      second: heavyTensor("second", [256, 256], type),
      third: heavyTensor("third", [256, 10], type),
    },
    { inputs: [value("x", ["n", 64], type)], outputs: [value("y", ["n", 10], type)] },
  );
}
