import { randomNumbers } from "@indicia/data/random-numbers";
import { elementCount } from "@indicia/onnx/tensor";
import { matmul } from "@indicia/runtime/kernels";
import { drawGlyphs, GLYPH_CLASSES } from "./glyphs.js";
import { fitLogistic, fitSharpness, type LinearReadout } from "./logistic.js";
import { drawNetwork, floatsOf, type Network, networkBytes, runNetwork } from "./network.js";
import { classifier, featureNetwork } from "./readout.js";
import type { Recipe } from "./recipes.js";

export interface FittedModel {
  /** The .onnx file. */
  readonly bytes: Uint8Array;
  /** Numbers in it that were drawn or fitted. */
  readonly weights: number;
  /** Penultimate features. */
  readonly features: number;
}

/**
 * Fit a glyph classifier: random features, a logistic read-out, and its logits scaled so that held-out probabilities
 * are calibrated (a least-squares read-out would be unsure of everything). The same recipe gives the same bytes on
 * one machine.
 */
export async function fitModel(recipe: Recipe): Promise<FittedModel> {
  const training = drawGlyphs({ seed: `fit/${recipe.seed}`, count: recipe.training });
  const network = await drawNetwork(recipe.stages, training.images, randomNumbers(`network/${recipe.seed}`));
  const features = featureNetwork(network, recipe.readout);
  const fitted = await fitLogistic(
    { features: floatsOf(await runNetwork(features, training.images)), labels: training.labels },
    { classes: GLYPH_CLASSES.length, ridge: recipe.ridge, iterations: recipe.iterations },
  );
  const readout = await calibrate(fitted, features, recipe);
  const whole = classifier(network, recipe.readout, readout);
  const weights = Object.values(whole.initializers).reduce((sum, { dims }) => sum + elementCount(dims), 0);
  return {
    bytes: networkBytes(whole, GLYPH_CLASSES.length),
    weights,
    features: readout.weights.length / GLYPH_CLASSES.length,
  };
}

/** The read-out with its logits scaled for images that it was not fitted on. */
async function calibrate(fitted: LinearReadout, features: Network, recipe: Recipe): Promise<LinearReadout> {
  const { images, labels } = drawGlyphs({ seed: `calibrate/${recipe.seed}`, count: recipe.calibration });
  const classes = fitted.bias.length;
  const width = fitted.weights.length / classes;
  const h = floatsOf(await runNetwork(features, images));
  const logits = await matmul(h, [labels.length, width], Float32Array.from(fitted.weights), [width, classes]);
  const sharpness = fitSharpness(
    logits.map((z, i) => z + (fitted.bias[i % classes] ?? 0)),
    labels,
  );
  return { weights: fitted.weights.map((w) => w * sharpness), bias: fitted.bias.map((b) => b * sharpness) };
}
