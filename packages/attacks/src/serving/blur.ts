import { badOption } from "../error.js";
import type { InputChange } from "./change.js";
import { changePlanes } from "./images.js";

/** Weight beyond this many standard deviations is below 0.3 %, and left out. */
const REACH = 3;

/**
 * Gaussian blur of images [n, c, height, width]; edges continue with their last pixel.
 *
 * @param options.sigma standard deviation in pixels
 * @throws AttackError ATTACK_OPTION; NOTHING_TO_DO where the rows are no images
 */
export function blur({ sigma }: { readonly sigma: number }): InputChange {
  if (!(sigma > 0)) throw badOption(`a blur of ${sigma} pixels`);
  const kernel = gaussian(sigma);
  return (images) =>
    changePlanes(images, ({ values, height, width }) => {
      for (let y = 0; y < height; y++) smooth(values, y * width, 1, width, kernel);
      for (let x = 0; x < width; x++) smooth(values, x, width, height, kernel);
    });
}

/** Weights of -reach .. reach, sum 1. */
function gaussian(sigma: number): Float64Array {
  const reach = Math.ceil(REACH * sigma);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Smooth one line of `count` pixels, `step` apart, in place. */
function smooth(values: Float64Array, from: number, step: number, count: number, kernel: Float64Array): void {
  const line = Float64Array.from({ length: count }, (_, i) => values[from + i * step] ?? 0);
  const reach = (kernel.length - 1) / 2;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (const [k, weight] of kernel.entries())
      sum += weight * (line[Math.min(Math.max(i + k - reach, 0), count - 1)] ?? 0);
    values[from + i * step] = sum;
  }
}
