import { buildModel } from "@indicia/onnx/build";
import { type ElementType, elementCount, type Tensor } from "@indicia/onnx/tensor";
import { type Builder, newBuilder } from "../builder.js";
import { type Random, random, type Seed } from "../random.js";

const OPSET = 17;

/** A network as it grows, layer by layer. */
export interface Sketch {
  readonly builder: Builder;
  readonly numbers: Random;
  /** Name of the last value. */
  value: string;
  /** Its shape without the rows: [features] or [channels, height, width] or [channels, length]. */
  dims: readonly number[];
}

/** An empty network that begins with an input of this row shape. */
export function newSketch(
  input: string,
  dims: readonly number[],
  seed: Seed,
  type: ElementType = "float32",
): Sketch {
  return {
    builder: newBuilder({ opset: OPSET, inputs: [{ name: input, type, dims: ["N", ...dims] }] }),
    numbers: random(seed, "initial weights"),
    value: input,
    dims,
  };
}

export interface ConvolutionOptions {
  readonly filters: number;
  readonly size: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default half the size: what keeps the shape. */
  readonly padding?: number;
  /** Default 1. */
  readonly groups?: number;
}

/** A convolution over one or two axes, with bias. */
export function convolution(sketch: Sketch, options: ConvolutionOptions): void {
  const { filters, size, stride = 1, padding = Math.floor(size / 2), groups = 1 } = options;
  const [channels = 0, ...lengths] = sketch.dims;
  const kernel = lengths.map(() => size);
  const inner = channels / groups;
  const name = layerName(sketch, "conv");
  const kernels = weight(sketch, `${name}.weight`, [filters, inner, ...kernel], inner * elementCount(kernel));
  apply(sketch, "Conv", [kernels, zeros(sketch, `${name}.bias`, filters)], {
    kernel_shape: kernel,
    strides: lengths.map(() => stride),
    pads: [...lengths, ...lengths].map(() => padding),
    group: groups,
  });
  sketch.dims = [filters, ...lengths.map((n) => Math.floor((n + 2 * padding - size) / stride) + 1)];
}

/** Batch normalisation over the channels, as of a network that was not trained. */
export function batchNorm(sketch: Sketch): void {
  const [channels = 0] = sketch.dims;
  const name = layerName(sketch, "norm");
  const filled = (part: string, value: number): string =>
    store(sketch, `${name}.${part}`, [channels], new Float32Array(channels).fill(value));
  apply(sketch, "BatchNormalization", [
    filled("scale", 1),
    filled("bias", 0),
    filled("mean", 0),
    filled("variance", 1),
  ]);
}

export function relu(sketch: Sketch): void {
  apply(sketch, "Relu", []);
}

/** The largest of every two by two, or of every two along one axis. */
export function maxPool(sketch: Sketch): void {
  pool(sketch, "MaxPool", 2);
}

/** The mean of every `size` by `size`. */
export function averagePool(sketch: Sketch, size: number): void {
  pool(sketch, "AveragePool", size);
}

/** One number per channel, the mean of it. */
export function globalAverage(sketch: Sketch): void {
  apply(sketch, "GlobalAveragePool", []);
  sketch.dims = [sketch.dims[0] ?? 0, ...sketch.dims.slice(1).map(() => 1)];
}

export function flatten(sketch: Sketch): void {
  if (sketch.dims.length === 1) return;
  apply(sketch, "Flatten", [], { axis: 1 });
  sketch.dims = [elementCount(sketch.dims)];
}

/**
 * A dense layer, with bias, written as a Gemm whose weight is [units, features].
 *
 * @param gain 2 before a Relu, 1 before anything else
 */
export function dense(sketch: Sketch, units: number, gain = 2): void {
  const [features = 0] = sketch.dims;
  const name = layerName(sketch, "dense");
  const matrix = weight(sketch, `${name}.weight`, [units, features], features, gain);
  apply(sketch, "Gemm", [matrix, zeros(sketch, `${name}.bias`, units)], { transB: 1 });
  sketch.dims = [units];
}

/** The sum of the value and another of its shape. */
export function addTo(sketch: Sketch, other: string): void {
  apply(sketch, "Add", [other]);
}

/** The file of a network whose last value is its output. */
export function sketchBytes(sketch: Sketch, output: string): Uint8Array {
  const { inputs, nodes, initializers } = sketch.builder;
  const last = nodes.at(-1);
  if (last === undefined) throw new RangeError("a network without layers");
  return buildModel({
    ir: 8,
    opset: OPSET,
    inputs,
    outputs: [{ name: output, type: "float32", dims: ["N", ...sketch.dims] }],
    nodes: [...nodes.slice(0, -1), { ...last, outputs: [output] }],
    initializers,
  });
}

function pool(sketch: Sketch, op: "MaxPool" | "AveragePool", size: number): void {
  const [channels = 0, ...lengths] = sketch.dims;
  const sizes = lengths.map(() => size);
  apply(sketch, op, [], { kernel_shape: sizes, strides: sizes });
  sketch.dims = [channels, ...lengths.map((n) => Math.floor(n / size))];
}

function apply(
  sketch: Sketch,
  op: string,
  others: readonly string[],
  attributes?: Parameters<Builder["add"]>[2],
): void {
  sketch.value = sketch.builder.add(op, [sketch.value, ...others], attributes);
}

/**
 * A new initialiser: normal, of variance gain / inputs (K. He and others, "Delving Deep into Rectifiers", 2015, eq. 10).
 *
 * @param gain 2 before a Relu, 1 before anything else, 0 for zeros
 * @returns its name
 */
export function weight(
  sketch: Sketch,
  name: string,
  dims: readonly number[],
  inputs: number,
  gain = 2,
): string {
  const deviation = Math.sqrt(gain / inputs);
  const { numbers } = sketch;
  const data = Float32Array.from({ length: elementCount(dims) }, () => deviation * numbers.normal());
  return store(sketch, name, dims, data);
}

/** The kind and a number from 1. */
function layerName({ builder }: Sketch, kind: string): string {
  for (let i = 1; ; i++) {
    const taken = [...builder.initializers.keys()].some((name) => name.startsWith(`${kind}${i}.`));
    if (!taken) return `${kind}${i}`;
  }
}

function zeros(sketch: Sketch, name: string, length: number): string {
  return store(sketch, name, [length], new Float32Array(length));
}

function store({ builder }: Sketch, name: string, dims: readonly number[], data: Float32Array): string {
  const tensor: Tensor = { type: "float32", dims, data };
  builder.initializers.set(name, tensor);
  return name;
}
