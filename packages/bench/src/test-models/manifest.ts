import type { Recipe } from "./recipes.js";

/** Fresh draws that no model was trained on. */
export const EVALUATION = { seed: "held out", count: 5000 } as const;

export interface ManifestModel {
  readonly file: string;
  /** Of the file, hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Numbers in the file that were learned. */
  readonly weights: number;
  /** Penultimate features. */
  readonly features: number;
  /** Share of the evaluation's images labelled right. */
  readonly accuracy: number;
  /** Mean negative log-likelihood of the right label, nats. */
  readonly loss: number;
  /** Mean of the largest probability. */
  readonly confidence: number;
  readonly recipe: Recipe;
}

/** test-models/manifest.json. */
export interface Manifest {
  readonly version: 1;
  /** Makes the files again; the same on the machine that made them, in the last digits different on others. */
  readonly command: string;
  readonly evaluation: typeof EVALUATION;
  readonly classes: readonly string[];
  readonly models: readonly ManifestModel[];
}
