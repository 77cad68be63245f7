import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { buildModel } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { askModel } from "../ask-model.js";
import type { Ask, LabelledRows, Owner } from "../baseline.js";

export const TINY_CLASSES = 7;
const SIZE = 12;
const PIXELS = SIZE * SIZE;
/** Spread of the pixels of a class's mean image, and of images around it: about nine in ten are told apart. */
const CONTRAST = 0.1;
const SPREAD = 0.42;
/** Images of each class from which an innocent learned. */
const SEEN = 40;
/** Hidden neurons that nothing uses. */
const SPARE = 120;
/** Keeps the scores above 0 on their way through the hidden layer. */
const LIFT = 400;

/** Mean images of the classes: the world that owner, thieves and innocents share. */
const MEANS: readonly Float64Array[] = Array.from({ length: TINY_CLASSES }, (_, c) => {
  const { normal } = randomNumbers(`tiny world/${c}`);
  return Float64Array.from({ length: PIXELS }, () => 0.5 + CONTRAST * normal());
});

/** Images of the tiny world, float32 [count, 1, 12, 12]. */
export function tinyImages(count: number, seed: number): LabelledRows {
  const { normal, below } = randomNumbers(`tiny images/${seed}`);
  const labels = Int32Array.from({ length: count }, () => below(TINY_CLASSES));
  const data = Float32Array.from(
    { length: count * PIXELS },
    (_, at) => (MEANS[labels[Math.floor(at / PIXELS)] ?? 0]?.[at % PIXELS] ?? 0) + SPREAD * normal(),
  );
  return { inputs: { type: "float32", dims: [count, 1, SIZE, SIZE], data }, labels };
}

/** Images of the tiny world alone. */
export function tinyRows(count: number, seed: number): Tensor {
  return tinyImages(count, seed).inputs;
}

/**
 * A classifier by the nearest mean image, as learned from a few images of each class. Its hidden layer passes the scores
 * on, and has neurons of random direction that nothing uses yet: room to learn more.
 */
function meansModel({ normal }: RandomNumbers): Uint8Array {
  const learned = MEANS.map((mean) => mean.map((pixel) => pixel + (SPREAD / Math.sqrt(SEEN)) * normal()));
  const scale = 1 / SPREAD ** 2;
  const scores = learned.map((mean) => ({
    weights: mean.map((pixel) => scale * pixel),
    bias: LIFT - (scale / 2) * mean.reduce((sum, x) => sum + x * x, 0),
  }));
  const spare = Array.from({ length: SPARE }, () => ({
    weights: Float64Array.from({ length: PIXELS }, () => normal() / Math.sqrt(PIXELS)),
    bias: 0,
  }));
  const hidden = [...scores, ...spare];
  const passed = Float32Array.from({ length: TINY_CLASSES * hidden.length }, (_, at) =>
    at % hidden.length === Math.floor(at / hidden.length) ? 1 : 0,
  );
  const matrix = (rows: number, columns: number, data: Float32Array): Tensor => ({
    type: "float32",
    dims: [rows, columns],
    data,
  });
  const vector = (data: Float32Array): Tensor => ({ type: "float32", dims: [data.length], data });
  return buildModel({
    inputs: [{ name: "images", type: "float32", dims: ["N", 1, SIZE, SIZE] }],
    outputs: [{ name: "probabilities", type: "float32", dims: ["N", TINY_CLASSES] }],
    nodes: [
      { op: "Flatten", inputs: ["images"], outputs: ["flat"] },
      { op: "Gemm", inputs: ["flat", "w1", "b1"], outputs: ["lifted"], attributes: { transB: 1n } },
      { op: "Relu", inputs: ["lifted"], outputs: ["hidden"] },
      { op: "Gemm", inputs: ["hidden", "w2", "b2"], outputs: ["logits"], attributes: { transB: 1n } },
      { op: "Softmax", inputs: ["logits"], outputs: ["probabilities"], attributes: { axis: 1n } },
    ],
    initializers: {
      w1: matrix(hidden.length, PIXELS, Float32Array.from(hidden.flatMap(({ weights }) => [...weights]))),
      b1: vector(Float32Array.from(hidden, ({ bias }) => bias)),
      w2: matrix(TINY_CLASSES, hidden.length, passed),
      b2: vector(new Float32Array(TINY_CLASSES).fill(-LIFT)),
    },
  });
}

/** An owner in the tiny world. */
export function tinyOwner(rows: number): Owner {
  const model = meansModel(randomNumbers("tiny owner"));
  return {
    model,
    ask: askModel(model),
    classes: TINY_CLASSES,
    training: tinyImages(rows, 101),
    calibration: tinyImages(rows, 102),
  };
}

/** A model that knows the same world from other images. */
export function tinyInnocent(seed: number): Ask {
  return askModel(meansModel(randomNumbers(`tiny innocent/${seed}`)));
}
