import { randomNumbers } from "@indicia/data/random-numbers";
import { elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";

/** Waves laid over one another in an image. */
const WAVES = 6;
/** Most periods of a wave across the image. */
const MOST_PERIODS = 5;

/**
 * Abstract images that belong to no class: a few plane waves of random direction and phase in each channel, stretched
 * over the range of real inputs.
 *
 * @param like real inputs [n, ...]: shape and range of the images
 * @param seed draws them; the same images for the same seed
 * @returns float32 [count, ...]
 */
export function abstractImages(count: number, like: Tensor, seed: string): Tensor {
  const shape = like.dims.slice(1);
  const size = elementCount(shape);
  const [height = 1, width = 1] = shape.length < 2 ? [1, size] : shape.slice(-2);
  const range = rangeOf(toFloat64(like));
  const numbers = randomNumbers(`abstract images/${seed}`);
  const data = new Float32Array(count * size);
  for (let from = 0; from < data.length; from += height * width)
    data.set(pattern(height, width, numbers.uniform, range), from);
  return { type: "float32", dims: [count, ...shape], data };
}

function pattern(
  height: number,
  width: number,
  uniform: () => number,
  [low, high]: readonly [number, number],
): Float64Array {
  const waves = Array.from({ length: WAVES }, () => ({
    down: MOST_PERIODS * (2 * uniform() - 1),
    across: MOST_PERIODS * (2 * uniform() - 1),
    phase: uniform(),
    height: uniform(),
  }));
  const values = Float64Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width) / height, (at % width) / width];
    return waves.reduce(
      (sum, wave) =>
        sum + wave.height * Math.cos(2 * Math.PI * (wave.down * y + wave.across * x + wave.phase)),
      0,
    );
  });
  const [least, most] = rangeOf(values);
  return values.map((value) => low + ((high - low) * (value - least)) / Math.max(most - least, 1e-9));
}

function rangeOf(values: Float64Array): readonly [low: number, high: number] {
  return [
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  ];
}
