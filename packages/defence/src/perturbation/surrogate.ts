import { randomNumbers } from "@indicia/data/random-numbers";

/** Units before the read-out of a surrogate that nobody trained. */
const UNITS = 64;

/**
 * What is guessed of a thief's model. Gradients of a thief's loss are G^T (y - p), G the Jacobian of his
 * log-probabilities by his weights; of G, only inner products of its rows matter for the angle between two of them.
 */
export interface Surrogate {
  readonly classes: number;
  /** G G^T up to a factor, row-major [classes, classes]. */
  readonly gram: Float64Array;
  /** What he answers before he learns, length classes. */
  readonly answer: Float64Array;
}

/**
 * A thief who has yet to learn: T. Orekondy, B. Schiele and M. Fritz ("Prediction Poisoning", 2020) find a surrogate
 * at its beginning as good as a trained one.
 * Last layer and the one before, of random weights W: G G^T is I + W W^T, where features are of the size of their inputs.
 */
export function untrainedSurrogate(classes: number, seed: number | string): Surrogate {
  const numbers = randomNumbers(`surrogate/${seed}`);
  const weights = Float64Array.from({ length: classes * UNITS }, () => numbers.normal() / Math.sqrt(UNITS));
  const gram = new Float64Array(classes * classes);
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = a === b ? 1 : 0;
      for (let u = 0; u < UNITS; u++) sum += (weights[a * UNITS + u] ?? 0) * (weights[b * UNITS + u] ?? 0);
      gram[a * classes + b] = sum;
      gram[b * classes + a] = sum;
    }
  }
  return { classes, gram, answer: new Float64Array(classes).fill(1 / classes) };
}
