import {
  addTo,
  batchNorm,
  convolution,
  dense,
  flatten,
  globalAverage,
  maxPool,
  relu,
  type Sketch,
} from "./sketch.js";

/** Images above this are made smaller by the first layer. */
const LARGE = 40;
/** Below this nothing is pooled any more. */
const SMALL = 6;

/** Two convolutions, each pooled, and two dense layers, of which the first has so many neurons. */
export function cnn(sketch: Sketch, classes: number, width: 1 | 2, units: number = 64 * width): void {
  stem(sketch, 16 * width, 2 * width + 1);
  pool(sketch);
  block(sketch, 32 * width, 2 * width + 1);
  pool(sketch);
  flatten(sketch);
  dense(sketch, units);
  relu(sketch);
  dense(sketch, classes, 1);
}

/** Convolutions that stride instead of pooling, and two dense layers: little work for an image. */
export function strided(sketch: Sketch, classes: number, shape: StridedShape): void {
  convolution(sketch, { filters: shape.first, size: 5, stride: 2 * firstStride(sketch) });
  relu(sketch);
  convolution(sketch, { filters: shape.second, size: 3, stride: sideOf(sketch) < SMALL ? 1 : 2 });
  relu(sketch);
  flatten(sketch);
  dense(sketch, shape.units);
  relu(sketch);
  dense(sketch, classes, 1);
}

/** Filters of both convolutions, and neurons before the classes. */
export interface StridedShape {
  readonly first: number;
  readonly second: number;
  readonly units: number;
}

/** A small residual network (K. He and others, "Deep Residual Learning for Image Recognition", 2016). */
export function residual(sketch: Sketch, classes: number): void {
  convolution(sketch, { filters: 16, size: 3, stride: firstStride(sketch) });
  batchNorm(sketch);
  relu(sketch);
  pool(sketch);
  residualBlock(sketch, 16, 1);
  residualBlock(sketch, 32, 2);
  residualBlock(sketch, 64, 2);
  globalAverage(sketch);
  flatten(sketch);
  dense(sketch, classes, 1);
}

/** Convolutions in depth and across channels apart (A. Howard and others, "MobileNets", 2017). */
export function depthwise(sketch: Sketch, classes: number): void {
  convolution(sketch, { filters: 24, size: 3, stride: firstStride(sketch) });
  batchNorm(sketch);
  relu(sketch);
  pool(sketch);
  separable(sketch, 48, 1);
  separable(sketch, 64, 2);
  separable(sketch, 96, 1);
  globalAverage(sketch);
  flatten(sketch);
  dense(sketch, classes, 1);
}

/** Convolutions alone, the last of which scores the classes at every place. */
export function globalPooling(sketch: Sketch, classes: number): void {
  stem(sketch, 24, 5);
  pool(sketch);
  block(sketch, 48, 3);
  pool(sketch);
  block(sketch, 64, 3);
  globalAverage(sketch);
  convolution(sketch, { filters: classes, size: 1 });
  flatten(sketch);
}

/** The first convolution; a larger image is read in larger strides. */
function stem(sketch: Sketch, filters: number, size: number): void {
  convolution(sketch, { filters, size, stride: firstStride(sketch) });
  relu(sketch);
}

function block(sketch: Sketch, filters: number, size: number): void {
  convolution(sketch, { filters, size });
  relu(sketch);
}

/** Two convolutions and what goes past them. */
export function residualBlock(sketch: Sketch, filters: number, stride: number): void {
  const before = { value: sketch.value, dims: sketch.dims };
  const step = sideOf(sketch) < SMALL ? 1 : stride;
  convolution(sketch, { filters, size: 3, stride: step });
  batchNorm(sketch);
  relu(sketch);
  convolution(sketch, { filters, size: 3 });
  batchNorm(sketch);
  const after = { value: sketch.value, dims: sketch.dims };
  let shortcut = before.value;
  if (before.dims.join() !== after.dims.join()) {
    Object.assign(sketch, before);
    convolution(sketch, { filters, size: 1, stride: step });
    batchNorm(sketch);
    shortcut = sketch.value;
    Object.assign(sketch, after);
  }
  addTo(sketch, shortcut);
  relu(sketch);
}

/** A convolution of each channel, then one across them. */
export function separable(sketch: Sketch, filters: number, stride: number): void {
  const [channels = 0] = sketch.dims;
  const step = sideOf(sketch) < SMALL ? 1 : stride;
  convolution(sketch, { filters: channels, size: 3, stride: step, groups: channels });
  batchNorm(sketch);
  relu(sketch);
  convolution(sketch, { filters, size: 1 });
  batchNorm(sketch);
  relu(sketch);
}

function pool(sketch: Sketch): void {
  if (sideOf(sketch) >= SMALL) maxPool(sketch);
}

function firstStride(sketch: Sketch): number {
  return Math.max(1, Math.ceil(sideOf(sketch) / LARGE));
}

function sideOf({ dims }: Sketch): number {
  return Math.min(...dims.slice(1));
}
