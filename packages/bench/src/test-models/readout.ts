import type { Tensor } from "@indicia/onnx/tensor";
import type { LinearReadout } from "./logistic.js";
import { extend, flatten, type Network } from "./network.js";
import type { ReadoutForm } from "./recipes.js";

/** Features, one row per image: what a read-out of the given form is fitted on. */
export function featureNetwork(network: Network, form: ReadoutForm): Network {
  if (form !== "global-pool-convolution") return flatten(network, "features");
  const pooled = extend(
    network,
    [{ op: "GlobalAveragePool", inputs: [network.value], outputs: ["pooled"] }],
    {},
    "pooled",
  );
  return flatten(pooled, "features");
}

/** The whole classifier: features, fitted read-out, Softmax. Its output is "probabilities", [n, classes]. */
export function classifier(network: Network, form: ReadoutForm, readout: LinearReadout): Network {
  const classes = readout.bias.length;
  const features = readout.weights.length / classes;
  const bias: Tensor = { type: "float32", dims: [classes], data: Float32Array.from(readout.bias) };
  const weight: Tensor = {
    type: "float32",
    dims: [features, classes],
    data: Float32Array.from(readout.weights),
  };
  const logits = { gemm, "matmul-add": matmulAdd, "global-pool-convolution": convolution }[form];
  const scored = logits(network, weight, bias);
  return extend(
    scored,
    [{ op: "Softmax", inputs: [scored.value], outputs: ["probabilities"], attributes: { axis: 1 } }],
    {},
    "probabilities",
  );
}

function gemm(network: Network, weight: Tensor, bias: Tensor): Network {
  const flat = featureNetwork(network, "gemm");
  // Written transposed, as the exporters of PyTorch do.
  return extend(
    flat,
    [
      {
        op: "Gemm",
        inputs: [flat.value, "readout.weight", "readout.bias"],
        outputs: ["logits"],
        attributes: { transB: 1 },
      },
    ],
    {
      "readout.weight": transposed(weight, [weight.dims[1] ?? 0, weight.dims[0] ?? 0]),
      "readout.bias": bias,
    },
    "logits",
  );
}

function matmulAdd(network: Network, weight: Tensor, bias: Tensor): Network {
  const flat = featureNetwork(network, "matmul-add");
  return extend(
    flat,
    [
      { op: "MatMul", inputs: [flat.value, "readout.weight"], outputs: ["product"] },
      { op: "Add", inputs: ["product", "readout.bias"], outputs: ["logits"] },
    ],
    { "readout.weight": weight, "readout.bias": bias },
    "logits",
  );
}

function convolution(network: Network, weight: Tensor, bias: Tensor): Network {
  const [features = 0, classes = 0] = weight.dims;
  return extend(
    network,
    [
      { op: "GlobalAveragePool", inputs: [network.value], outputs: ["pooled"] },
      {
        op: "Conv",
        inputs: ["pooled", "readout.weight", "readout.bias"],
        outputs: ["scores"],
        attributes: { kernel_shape: [1, 1] },
      },
      { op: "Flatten", inputs: ["scores"], outputs: ["logits"] },
    ],
    { "readout.weight": transposed(weight, [classes, features, 1, 1]), "readout.bias": bias },
    "logits",
  );
}

function transposed({ data, dims: [rows = 0, columns = 0] }: Tensor, dims: readonly number[]): Tensor {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = Number(data[i * columns + j] ?? 0);
  }
  return { type: "float32", dims, data: out };
}
