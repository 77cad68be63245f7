import type { Surrogate } from "./surrogate.js";
import { between, furthest, topOf } from "./towards.js";

/**
 * The answer within a budget, with the same largest class, that turns the gradient of a thief's loss furthest away from
 * what the honest answer would give: MAD (T. Orekondy, B. Schiele and M. Fritz, "Prediction Poisoning: Towards Defenses
 * Against DNN Model Stealing Attacks", 2020, section 4), solved as they do: the best extreme point, and as far towards
 * it as is allowed. The extreme points of what keeps the largest class are the uniform answers over sets with it; tried
 * are itself alone, it with each other class, and all.
 *
 * @param budget of total variation
 */
export function widestAngle(probabilities: Float64Array, surrogate: Surrogate, budget: number): Float64Array {
  const top = topOf(probabilities);
  const honest = probabilities.map((p, c) => p - (surrogate.answer[c] ?? 0));
  const ofHonest = times(surrogate, honest);
  const ofAnswer = times(surrogate, probabilities);
  const square = product(honest, ofHonest);
  let best = probabilities;
  let least = 1;
  for (const members of extremes(surrogate.classes, top)) {
    const target = uniform(members, surrogate.classes);
    const share = furthest(probabilities, target, budget);
    // What is given is honest + share (target - answer); with a symmetric G G^T its product and norm follow.
    const along = mean(ofHonest, members) - product(probabilities, ofHonest);
    const moved =
      meanGram(surrogate, members) - 2 * mean(ofAnswer, members) + product(probabilities, ofAnswer);
    const norm = square + 2 * share * along + share * share * moved;
    const cosine = (square + share * along) / Math.sqrt(Math.max(square * norm, Number.MIN_VALUE));
    if (share === 0 || cosine >= least) continue;
    least = cosine;
    best = between(probabilities, target, share);
  }
  return best;
}

/** Classes over which an extreme answer is spread: the largest alone, with one other, and all. */
function* extremes(classes: number, top: number): Generator<readonly number[]> {
  yield [top];
  for (let c = 0; c < classes; c++) if (c !== top) yield [top, c];
  yield Array.from({ length: classes }, (_, c) => c);
}

function uniform(members: readonly number[], classes: number): Float64Array {
  const target = new Float64Array(classes);
  for (const c of members) target[c] = 1 / members.length;
  return target;
}

function mean(values: Float64Array, members: readonly number[]): number {
  let sum = 0;
  for (const c of members) sum += values[c] ?? 0;
  return sum / members.length;
}

function meanGram({ gram, classes }: Surrogate, members: readonly number[]): number {
  let sum = 0;
  for (const a of members) for (const b of members) sum += gram[a * classes + b] ?? 0;
  return sum / members.length ** 2;
}

function times({ gram, classes }: Surrogate, vector: Float64Array): Float64Array {
  const out = new Float64Array(classes);
  for (let a = 0; a < classes; a++) {
    let sum = 0;
    for (let b = 0; b < classes; b++) sum += (gram[a * classes + b] ?? 0) * (vector[b] ?? 0);
    out[a] = sum;
  }
  return out;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += (a[c] ?? 0) * (b[c] ?? 0);
  return sum;
}
