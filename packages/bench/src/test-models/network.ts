import type { RandomNumbers } from "@indicia/data/random-numbers";
import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { type Maps, patchFilters, quantileBiases } from "./filters.js";
import { GLYPH_SIZE } from "./glyphs.js";
import type { Stage } from "./recipes.js";
import { standardisation } from "./standardise.js";

/** A graph from the image to some value, as it grows. */
export interface Network {
  readonly nodes: readonly NodeSpec[];
  readonly initializers: Readonly<Record<string, Tensor>>;
  /** Name of the last value; [n, channels, height, width] or [n, features]. */
  readonly value: string;
}

export const IMAGE_INPUT = "image";
/** Images per run: the activations of more do not fit the processor's cache. */
const BATCH = 100;
/** Images that filters are cut from, and quantiles or deviations taken over. */
const PATCH_IMAGES = 1000;
const SURVEY_IMAGES = 500;

const EMPTY: Network = { nodes: [], initializers: {}, value: IMAGE_INPUT };

/**
 * Draw the stages of a network one after another, each from what the former ones make of the images.
 *
 * @param images grey values, row-major [n, 1, 20, 20]
 */
export async function drawNetwork(
  stages: readonly Stage[],
  images: Float32Array,
  numbers: RandomNumbers,
): Promise<Network> {
  let network = EMPTY;
  for (const [index, stage] of stages.entries()) {
    const name = `${stage.kind}${index + 1}`;
    if (stage.kind === "convolution") network = await addConvolution(network, name, stage, images, numbers);
    else if (stage.kind === "dense") network = await addDense(network, name, stage.units, images, numbers);
    else network = addPool(network, name, stage);
  }
  return network;
}

/**
 * What a network makes of images.
 *
 * @param count only the first so many
 */
export async function runNetwork(network: Network, images: Float32Array, count?: number): Promise<Tensor> {
  const pixels = GLYPH_SIZE * GLYPH_SIZE;
  const rows = Math.min(count ?? Number.POSITIVE_INFINITY, images.length / pixels);
  const image: Tensor = {
    type: "float32",
    dims: [rows, 1, GLYPH_SIZE, GLYPH_SIZE],
    data: images.subarray(0, rows * pixels),
  };
  if (network.value === IMAGE_INPUT) return image;
  const session = await openSession(networkBytes(network, null));
  try {
    const outputs = await session.runRows({ [IMAGE_INPUT]: image }, { batch: BATCH });
    const value = outputs[network.value];
    if (value === undefined) throw new Error(`the network does not compute "${network.value}"`);
    return value;
  } finally {
    await session.close();
  }
}

/** A network as a model with one output, of the given shape per row where it is known. */
export function networkBytes(network: Network, outputWidth: number | null): Uint8Array {
  return buildModel({
    name: "glyphs",
    inputs: [{ name: IMAGE_INPUT, type: "float32", dims: ["N", 1, GLYPH_SIZE, GLYPH_SIZE] }],
    outputs: [
      { name: network.value, type: "float32", dims: outputWidth === null ? null : ["N", outputWidth] },
    ],
    nodes: network.nodes,
    initializers: network.initializers,
  });
}

/** A network with more nodes at its end. */
export function extend(
  network: Network,
  nodes: readonly NodeSpec[],
  initializers: Readonly<Record<string, Tensor>>,
  value: string,
): Network {
  return {
    nodes: [...network.nodes, ...nodes],
    initializers: { ...network.initializers, ...initializers },
    value,
  };
}

/** The numbers of a float32 tensor. */
export function floatsOf({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError("a network computes float32");
}

async function addConvolution(
  network: Network,
  name: string,
  { filters, size, quantile }: Extract<Stage, { kind: "convolution" }>,
  images: Float32Array,
  numbers: RandomNumbers,
): Promise<Network> {
  const maps = mapsOf(await runNetwork(network, images, PATCH_IMAGES));
  const weight: Tensor = {
    type: "float32",
    dims: [filters, maps.dims[1], size, size],
    data: patchFilters(maps, filters, size, numbers),
  };
  const inputs = [network.value, `${name}.weight`];
  const attributes = { kernel_shape: [size, size] };
  const raw = extend(
    network,
    [{ op: "Conv", inputs, outputs: [`${name}.raw`], attributes }],
    { [`${name}.weight`]: weight },
    `${name}.raw`,
  );
  const bias = quantileBiases(mapsOf(await runNetwork(raw, images, SURVEY_IMAGES)), quantile);
  return extend(
    network,
    [
      { op: "Conv", inputs: [...inputs, `${name}.bias`], outputs: [`${name}.raw`], attributes },
      { op: "Relu", inputs: [`${name}.raw`], outputs: [name] },
    ],
    { [`${name}.weight`]: weight, [`${name}.bias`]: { type: "float32", dims: [filters], data: bias } },
    name,
  );
}

/** Random projections of standardised features; the standardisation is folded into weights and bias. */
async function addDense(
  network: Network,
  name: string,
  units: number,
  images: Float32Array,
  numbers: RandomNumbers,
): Promise<Network> {
  const flat = flatten(network, name);
  const survey = await runNetwork(flat, images, PATCH_IMAGES);
  const width = survey.dims[1] ?? 0;
  const { mean, deviation } = standardisation(floatsOf(survey), width);
  const weight = new Float32Array(width * units);
  const bias = new Float64Array(units);
  for (let i = 0; i < weight.length; i++) {
    const feature = Math.floor(i / units);
    weight[i] = numbers.normal() / Math.sqrt(width) / (deviation[feature] ?? 1);
    bias[i % units] = (bias[i % units] ?? 0) - (weight[i] ?? 0) * (mean[feature] ?? 0);
  }
  return extend(
    flat,
    [
      { op: "Gemm", inputs: [flat.value, `${name}.weight`, `${name}.bias`], outputs: [`${name}.raw`] },
      { op: "Relu", inputs: [`${name}.raw`], outputs: [name] },
    ],
    {
      [`${name}.weight`]: { type: "float32", dims: [width, units], data: weight },
      [`${name}.bias`]: { type: "float32", dims: [units], data: Float32Array.from(bias) },
    },
    name,
  );
}

function addPool(
  network: Network,
  name: string,
  { kind, size, stride }: Extract<Stage, { kind: "max-pool" | "average-pool" }>,
): Network {
  const op = kind === "max-pool" ? "MaxPool" : "AveragePool";
  const attributes = { kernel_shape: [size, size], strides: [stride, stride] };
  return extend(network, [{ op, inputs: [network.value], outputs: [name], attributes }], {}, name);
}

/** All features of an image in one row. */
export function flatten(network: Network, name: string): Network {
  const value = `${name}.flat`;
  return extend(network, [{ op: "Flatten", inputs: [network.value], outputs: [value] }], {}, value);
}

function mapsOf(tensor: Tensor): Maps {
  const [n = 0, channels = 0, height = 1, width = 1] = tensor.dims;
  return { values: floatsOf(tensor), dims: [n, channels, height, width] };
}
