import type { RandomNumbers } from "@indicia/data/random-numbers";

/** Images or feature maps, row-major [n, channels, height, width]. */
export interface Maps {
  readonly values: Float32Array;
  readonly dims: readonly [n: number, channels: number, height: number, width: number];
}

/** Patches with less contrast than this, as a share of the largest seen, are paper rather than ink. */
const MIN_CONTRAST = 0.3;
/** Patches looked at to learn what the largest contrast is. */
const SURVEY = 500;

/**
 * Convolution filters that are random patches of the data, each without its mean and of length one (A. Coates and
 * A. Ng, "The Importance of Encoding Versus Training with Sparse Coding and Vector Quantization", ICML 2011, found
 * random patches to do about as well as learned dictionaries).
 *
 * @returns row-major [count, channels, size, size]
 */
export function patchFilters(maps: Maps, count: number, size: number, numbers: RandomNumbers): Float32Array {
  const length = maps.dims[1] * size * size;
  let largest = 0;
  for (let i = 0; i < SURVEY; i++) largest = Math.max(largest, contrast(patch(maps, size, numbers)));
  const filters = new Float32Array(count * length);
  for (let i = 0; i < count; ) {
    const candidate = patch(maps, size, numbers);
    const norm = contrast(candidate);
    if (norm < MIN_CONTRAST * largest || norm === 0) continue;
    filters.set(
      candidate.map((value) => value / norm),
      i * length,
    );
    i++;
  }
  return filters;
}

/**
 * Biases below which each channel stays silent: minus the given quantile of its responses.
 *
 * @returns length channels
 */
export function quantileBiases({ values, dims }: Maps, quantile: number): Float32Array {
  const [n, channels, height, width] = dims;
  const area = height * width;
  return Float32Array.from({ length: channels }, (_, channel) => {
    const responses = new Float32Array(n * area);
    for (let i = 0; i < n; i++) {
      const start = (i * channels + channel) * area;
      responses.set(values.subarray(start, start + area), i * area);
    }
    return -(responses.sort()[Math.floor(quantile * (responses.length - 1))] ?? 0);
  });
}

/** A random window of a random image, without its mean. */
function patch({ values, dims }: Maps, size: number, numbers: RandomNumbers): Float64Array {
  const [n, channels, height, width] = dims;
  const image = numbers.below(n);
  const top = numbers.below(height - size + 1);
  const left = numbers.below(width - size + 1);
  const out = new Float64Array(channels * size * size);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        out[at++] = values[((image * channels + c) * height + top + y) * width + left + x] ?? 0;
      }
    }
  }
  const mean = out.reduce((sum, value) => sum + value, 0) / out.length;
  return out.map((value) => value - mean);
}

function contrast(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
