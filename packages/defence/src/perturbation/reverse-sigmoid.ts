/** Strength and steepness, as its authors vary and fix them. */
const BETA = 1;
const GAMMA = 0.2;
/** Probabilities are kept this far from 0 and 1, where the inverse sigmoid is infinite. */
const EDGE = 1e-7;

/**
 * What reverse sigmoid perturbation makes of a distribution: y - beta (s(gamma s^-1(y)) - 1/2), brought to a sum of 1, s
 * the sigmoid (T. Lee, B. Edwards, I. Molloy and D. Su, "Defending Against Neural Network Model Stealing Attacks Using
 * Deceptive Perturbations", 2019). Several y lead to one answer, so that it cannot be undone.
 */
export function reverseSigmoid(probabilities: Float64Array): Float64Array {
  const bent = probabilities.map((p) => {
    const y = Math.min(1 - EDGE, Math.max(EDGE, p));
    const inverse = Math.log(y / (1 - y));
    return Math.max(0, y - BETA * (1 / (1 + Math.exp(-GAMMA * inverse)) - 0.5));
  });
  const sum = bent.reduce((total, p) => total + p, 0);
  return bent.map((p) => p / sum);
}
