import { train } from "@indicia/autodiff/train";
import type { TrainProgress } from "@indicia/autodiff/train-options";
import { openModelBytes } from "@indicia/onnx/open";
import { elementCount } from "@indicia/onnx/tensor";
import { drawGlyphs, GLYPH_SIZE } from "./glyphs.js";
import { IMAGE_INPUT, initialNetwork } from "./network.js";
import type { Recipe } from "./recipes.js";

export interface FittedModel {
  /** The .onnx file. */
  readonly bytes: Uint8Array;
  /** Numbers in it that were learned. */
  readonly weights: number;
  /** Penultimate features. */
  readonly features: number;
}

/** Train a glyph classifier on images drawn for it. The same recipe gives the same bytes on one machine. */
export async function fitModel(
  recipe: Recipe,
  onProgress?: (progress: TrainProgress) => void,
): Promise<FittedModel> {
  const { seed, training, epochs, batch, rate } = recipe;
  const { bytes, features } = initialNetwork(recipe);
  const { images, labels } = drawGlyphs({ seed: `fit/${seed}`, count: training });
  const trained = await train({
    model: bytes,
    inputs: {
      [IMAGE_INPUT]: { type: "float32", dims: [training, 1, GLYPH_SIZE, GLYPH_SIZE], data: images },
    },
    targets: { kind: "labels", labels },
    epochs,
    batch,
    rate,
    schedule: { kind: "cosine", warmUp: 0.1, floor: 0.01 },
    seed,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const stored = openModelBytes(trained.model).tensors;
  const weights = stored.reduce((sum, { dims }) => sum + elementCount(dims), 0);
  return { bytes: trained.model, weights, features };
}
