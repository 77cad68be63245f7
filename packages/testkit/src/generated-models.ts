import { randomNumbers, type RandomNumbers } from "@indicia/data/random-numbers";
import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import { elementCount, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";

/** Degrees of freedom of Student's t: tails as heavy as those of trained weights. */
const FREEDOM = 5;
/** How much the logarithms of the rows' scales differ. */
const ROW_SPREAD = 0.3;

interface Parts {
  readonly nodes: NodeSpec[];
  readonly initializers: Map<string, Tensor>;
  readonly numbers: RandomNumbers;
}

/**
 * A perceptron of MatMul, Add and Relu with heavy-tailed weights; by default its chain of 1024 x 1024 matrices holds more
 * than a million of them.
 *
 * @param options.widths of all layers, input and output included
 * @param options.activation between the layers, default Relu
 */
export function generatedMlp(
  options: { readonly seed?: number; readonly widths?: readonly number[]; readonly activation?: string } = {},
): Uint8Array {
  const { seed = 0, widths = [64, 1024, 1024, 1024, 20], activation = "Relu" } = options;
  const parts = begin(`mlp/${seed}`);
  let value = "input";
  for (let layer = 1; layer < widths.length; layer++) {
    const [from = 1, to = 1] = widths.slice(layer - 1, layer + 1);
    value = dense(parts, value, `dense${layer}`, from, to);
    if (layer < widths.length - 1) value = push(parts, activation, [value], `hidden${layer}`);
  }
  return finish(parts, ["N", widths[0] ?? 1], ["N", widths.at(-1) ?? 1], value);
}

/**
 * A convolutional network, input [N, 3, 16, 16], output [N, 10]: two blocks of Conv, BatchNormalization and Relu with a
 * residual sum in between, MaxPool, AveragePool, Flatten, two Gemms.
 */
export function generatedConvNet(
  options: { readonly seed?: number; readonly channels?: number } = {},
): Uint8Array {
  const { seed = 0, channels = 16 } = options;
  const parts = begin(`conv net/${seed}`);
  let value = block(parts, "input", "stem", 3, channels);
  value = push(parts, "MaxPool", [value], "stem.pool", { kernel_shape: [2, 2], strides: [2, 2] });
  const branch = block(parts, value, "branch", channels, channels);
  value = push(parts, "Add", [value, branch], "residual");
  value = block(parts, value, "top", channels, 2 * channels);
  value = push(parts, "AveragePool", [value], "top.pool", { kernel_shape: [4, 4], strides: [4, 4] });
  value = push(parts, "Flatten", [value], "flat", { axis: 1 });
  value = gemm(parts, value, "hidden", 8 * channels, 48);
  value = push(parts, "Relu", [value], "hidden.relu");
  value = gemm(parts, value, "readout", 48, 10);
  return finish(parts, ["N", 3, 16, 16], ["N", 10], value);
}

/** What all generated encoders share. */
const ENCODER = { vocabulary: 50, length: 12, classes: 8 } as const;

/** Sizes of a generated encoder. */
interface EncoderSize {
  readonly width: number;
  readonly heads: number;
  readonly feed: number;
}

/**
 * A transformer encoder as exporters spell it: token embedding, per block three MatMuls for queries, keys and values with
 * Reshape and Transpose to heads, Softmax, a residual sum and a normalisation; feed-forward with Gelu by Erf; the mean
 * over the sequence and a read-out. Input int64 [N, 12] below 50, output [N, 8].
 *
 * @param options.width of the residual stream, default 32, with 4 heads; `feed` of the feed-forward, default 64
 * @param options.norm "layer" for LayerNormalization before each part, "rms" for the root mean square spelled out
 */
export function generatedTransformer(
  options: {
    readonly seed?: number;
    readonly blocks?: number;
    readonly norm?: "layer" | "rms";
    readonly width?: number;
    readonly feed?: number;
  } = {},
): Uint8Array {
  const { seed = 0, blocks = 2, norm = "layer", width = 32, feed = 64 } = options;
  const { vocabulary, length, classes } = ENCODER;
  const size = { width, heads: 4, feed };
  const parts = begin(`transformer/${seed}`);
  const normal = (to: Parts, value: string, name: string): string =>
    (norm === "layer" ? layerNorm : rmsNorm)(to, value, name, width);
  store(parts, "embedding", heavy([vocabulary, width], 4, parts.numbers));
  store(parts, "positions", heavy([length, width], 4, parts.numbers));
  let value = push(parts, "Gather", ["embedding", "input"], "tokens", { axis: 0 });
  value = push(parts, "Add", [value, "positions"], "embedded");
  for (let i = 0; i < blocks; i++) {
    const attended = attention(parts, normal(parts, value, `block${i}.norm1`), `block${i}.attention`, size);
    value = push(parts, "Add", [value, attended], `block${i}.sum1`);
    const fed = feedForward(parts, normal(parts, value, `block${i}.norm2`), `block${i}.feed`, size);
    value = push(parts, "Add", [value, fed], `block${i}.sum2`);
  }
  value = normal(parts, value, "norm");
  value = push(parts, "ReduceMean", [value], "pooled", { axes: [1], keepdims: 0 });
  value = dense(parts, value, "readout", width, classes);
  return finish(parts, ["N", length], ["N", classes], value, { opset: 17, type: "int64" });
}

function begin(purpose: string): Parts {
  return { nodes: [], initializers: new Map(), numbers: randomNumbers(`generated ${purpose}`) };
}

function finish(
  { nodes, initializers }: Parts,
  input: NonNullable<ValueInfo["dims"]>,
  output: NonNullable<ValueInfo["dims"]>,
  value: string,
  options: { readonly opset?: number; readonly type?: "float32" | "int64" } = {},
): Uint8Array {
  const { opset = 13, type = "float32" } = options;
  return buildModel({
    opset,
    inputs: [{ name: "input", type, dims: input }],
    outputs: [{ name: "output", type: "float32", dims: output }],
    nodes: [...nodes, { op: "Identity", inputs: [value], outputs: ["output"] }],
    initializers,
  });
}

function push(
  { nodes }: Parts,
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NonNullable<NodeSpec["attributes"]> = {},
): string {
  nodes.push({ op, name: `/${output}`, inputs, outputs: [output], attributes });
  return output;
}

function store({ initializers }: Parts, name: string, tensor: Tensor): string {
  initializers.set(name, tensor);
  return name;
}

/** A Constant node, as exporters write numbers that were never trained. */
function constant({ nodes }: Parts, name: string, value: Tensor): string {
  nodes.push({ op: "Constant", name: `/${name}`, inputs: [], outputs: [name], attributes: { value } });
  return name;
}

function dense(parts: Parts, value: string, name: string, from: number, to: number): string {
  const weight = store(parts, `${name}.weight`, heavy([from, to], from, parts.numbers, "columns"));
  const bias = store(parts, `${name}.bias`, heavy([to], 16, parts.numbers));
  return push(parts, "Add", [push(parts, "MatMul", [value, weight], `${name}.product`), bias], name);
}

function gemm(parts: Parts, value: string, name: string, from: number, to: number): string {
  const weight = store(parts, `${name}.weight`, heavy([to, from], from, parts.numbers));
  const bias = store(parts, `${name}.bias`, heavy([to], 16, parts.numbers));
  return push(parts, "Gemm", [value, weight, bias], name, { transB: 1 });
}

function block(parts: Parts, value: string, name: string, from: number, to: number): string {
  const { numbers } = parts;
  const weight = store(parts, `${name}.weight`, heavy([to, from, 3, 3], 9 * from, numbers));
  const norm = ["scale", "bias", "mean", "variance"].map((part) => {
    const spread = heavy([to], 25, numbers).data as Float32Array;
    const data = part === "variance" || part === "scale" ? spread.map((x) => Math.exp(x)) : spread;
    return store(parts, `${name}.${part}`, { type: "float32", dims: [to], data });
  });
  const conv = push(parts, "Conv", [value, weight], `${name}.conv`, {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  });
  const normed = push(parts, "BatchNormalization", [conv, ...norm], `${name}.norm`, { epsilon: 1e-5 });
  return push(parts, "Relu", [normed], `${name}.relu`);
}

function attention(parts: Parts, value: string, name: string, { width, heads }: EncoderSize): string {
  const { length } = ENCODER;
  const split = constant(parts, `${name}.split`, int64([0, length, heads, width / heads]));
  const join = constant(parts, `${name}.join`, int64([0, length, width]));
  const scale = constant(parts, `${name}.scale`, scalar(Math.sqrt(width / heads)));
  const part = (letter: string, perm: number[]): string => {
    const wide = dense(parts, value, `${name}.${letter}`, width, width);
    const heads4 = push(parts, "Reshape", [wide, split], `${name}.${letter}.split`);
    return push(parts, "Transpose", [heads4], `${name}.${letter}.heads`, { perm });
  };
  const q = part("q", [0, 2, 1, 3]);
  const k = part("k", [0, 2, 3, 1]);
  const v = part("v", [0, 2, 1, 3]);
  const scores = push(parts, "Div", [push(parts, "MatMul", [q, k], `${name}.raw`), scale], `${name}.scores`);
  const weights = push(parts, "Softmax", [scores], `${name}.weights`, { axis: -1 });
  const mixed = push(parts, "MatMul", [weights, v], `${name}.mixed`);
  const back = push(parts, "Transpose", [mixed], `${name}.back`, { perm: [0, 2, 1, 3] });
  return dense(parts, push(parts, "Reshape", [back, join], `${name}.joined`), `${name}.o`, width, width);
}

function feedForward(parts: Parts, value: string, name: string, { width, feed }: EncoderSize): string {
  const x = dense(parts, value, `${name}.up`, width, feed);
  const root = constant(parts, `${name}.root`, scalar(Math.SQRT2));
  const one = constant(parts, `${name}.one`, scalar(1));
  const half = constant(parts, `${name}.half`, scalar(0.5));
  const erf = push(parts, "Erf", [push(parts, "Div", [x, root], `${name}.div`)], `${name}.erf`);
  const gate = push(parts, "Mul", [x, push(parts, "Add", [erf, one], `${name}.plus`)], `${name}.gate`);
  return dense(parts, push(parts, "Mul", [gate, half], `${name}.gelu`), `${name}.down`, feed, width);
}

function layerNorm(parts: Parts, value: string, name: string, width: number): string {
  const gamma = store(parts, `${name}.gamma`, near(1, width, parts.numbers));
  const beta = store(parts, `${name}.beta`, near(0, width, parts.numbers));
  return push(parts, "LayerNormalization", [value, gamma, beta], name, { axis: -1, epsilon: 1e-5 });
}

function rmsNorm(parts: Parts, value: string, name: string, width: number): string {
  const gamma = store(parts, `${name}.gamma`, near(1, width, parts.numbers));
  const two = constant(parts, `${name}.two`, scalar(2));
  const tiny = constant(parts, `${name}.tiny`, scalar(1e-6));
  const one = constant(parts, `${name}.one`, scalar(1));
  const square = push(parts, "Pow", [value, two], `${name}.square`);
  const mean = push(parts, "ReduceMean", [square], `${name}.mean`, { axes: [-1], keepdims: 1 });
  const root = push(parts, "Sqrt", [push(parts, "Add", [mean, tiny], `${name}.safe`)], `${name}.root`);
  const inverse = push(parts, "Div", [one, root], `${name}.inverse`);
  return push(parts, "Mul", [gamma, push(parts, "Mul", [value, inverse], `${name}.unit`)], name);
}

function near(centre: number, count: number, { normal }: RandomNumbers): Tensor {
  return {
    type: "float32",
    dims: [count],
    data: Float32Array.from({ length: count }, () => centre + 0.1 * normal()),
  };
}

function scalar(value: number): Tensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}

function int64(values: readonly number[]): Tensor {
  return { type: "int64", dims: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** Student's t with a scale for every neuron, which is a row or a column of a matrix. */
function heavy(
  dims: readonly number[],
  fanIn: number,
  { normal }: RandomNumbers,
  neurons: "rows" | "columns" = "rows",
): Tensor {
  const count = elementCount(dims);
  const outputs = (neurons === "rows" ? dims[0] : dims.at(-1)) ?? 1;
  const scales = Float64Array.from(
    { length: outputs },
    () => Math.exp(ROW_SPREAD * normal()) / Math.sqrt(fanIn),
  );
  const data = Float32Array.from({ length: count }, (_, i) => {
    let squares = 0;
    for (let k = 0; k < FREEDOM; k++) squares += normal() ** 2;
    const neuron = neurons === "rows" ? Math.floor((i * outputs) / count) : i % outputs;
    return ((scales[neuron] ?? 0) * normal()) / Math.sqrt(squares / FREEDOM);
  });
  return { type: "float32", dims, data };
}
