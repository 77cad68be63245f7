import { randomNumbers } from "@indicia/data/random-numbers";
import type { Tensor } from "@indicia/onnx/tensor";
import { drawGlyphs, GLYPH_SIZE } from "../test-models/glyphs.js";
import { IMAGE_INPUT } from "../test-models/network.js";

/**
 * Rows for the models of `test-models/`: glyphs drawn as for their training, by another seed than theirs, and spread
 * evenly among them images of noise, such as nobody asks about who wants an answer.
 *
 * @param options.noise how many images of noise there are beside `count` glyphs
 */
export function glyphRows(options: {
  readonly seed: string;
  readonly count: number;
  readonly noise: number;
}): Record<string, Tensor> {
  const { seed, count, noise } = options;
  const total = count + noise;
  const pixels = GLYPH_SIZE * GLYPH_SIZE;
  const glyphs = drawGlyphs({ seed, count }).images;
  const numbers = randomNumbers(`noise/${seed}`);
  const data = new Float32Array(total * pixels);
  let drawn = 0;
  for (let row = 0; row < total; row++) {
    const image = data.subarray(row * pixels, (row + 1) * pixels);
    if (Math.floor(((row + 1) * noise) / total) > Math.floor((row * noise) / total)) {
      for (let i = 0; i < pixels; i++) image[i] = numbers.uniform();
    } else {
      image.set(glyphs.subarray(drawn * pixels, (drawn + 1) * pixels));
      drawn++;
    }
  }
  return { [IMAGE_INPUT]: { type: "float32", dims: [total, 1, GLYPH_SIZE, GLYPH_SIZE], data } };
}
