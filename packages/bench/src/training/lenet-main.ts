import {
  convolution,
  dense,
  flatten,
  maxPool,
  newSketch,
  relu,
  sketchBytes,
} from "@indicia/autodiff/architectures/sketch";
import { random } from "@indicia/autodiff/random";
import { train } from "@indicia/autodiff/train";

/** Train a LeNet-like network and print how long some steps took: `node lenet-main.js BATCH STEPS WARM_UP`. */
const [batch = 0, steps = 0, warmUp = 0] = process.argv.slice(2).map(Number);
const SIDE = 28;
const CLASSES = 10;
const rows = 10 * batch;

function lenet(): Uint8Array {
  const sketch = newSketch("image", [1, SIDE, SIDE], 1);
  for (const filters of [6, 16]) {
    convolution(sketch, { filters, size: 5, padding: 0 });
    relu(sketch);
    maxPool(sketch);
  }
  flatten(sketch);
  dense(sketch, 128);
  relu(sketch);
  dense(sketch, CLASSES, 1);
  return sketchBytes(sketch, "logits");
}

const numbers = random(1, "images");
const images = Float32Array.from({ length: rows * SIDE * SIDE }, () => numbers.normal());
let start = 0;
let end = 0;
await train({
  model: lenet(),
  inputs: { image: { type: "float32", dims: [rows, 1, SIDE, SIDE], data: images } },
  targets: { kind: "labels", labels: Int32Array.from({ length: rows }, () => numbers.below(CLASSES)) },
  epochs: Math.ceil((warmUp + steps) / 10),
  batch,
  rate: 0.01,
  optimiser: { kind: "sgd", momentum: 0.9 },
  seed: 1,
  onProgress: ({ step }) => {
    if (step === warmUp) start = performance.now();
    if (step === warmUp + steps) end = performance.now();
  },
});
process.stdout.write(`${JSON.stringify({ seconds: (end - start) / 1000 })}\n`);
