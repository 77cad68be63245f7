import { createHash } from "node:crypto";
import { nodeKeystream } from "@indicia/core/keystream-node";
import { decoySeed } from "@indicia/proof/decoys";
import { type Evaluator, readoutEvaluator, weightEvaluator } from "@indicia/proof/evaluate";
import type { WeightSegment } from "@indicia/proof/weight-segments";
import { BenchError } from "./error.js";

/** A residual that was fixed without any key, ready to be held against keys. */
export interface NullCase {
  readonly name: string;
  readonly evaluate: Evaluator;
  /** Sum of R^4 over the square of the sum of R^2: how far T is from normal. */
  readonly concentration: number;
}

/**
 * @param residual row-major [k, m]
 * @throws BenchError NULL_CASE for a residual of zeros
 */
export function readoutNullCase(
  name: string,
  shape: { readonly rows: number; readonly columns: number },
  residual: Int16Array,
): NullCase {
  const evaluate = readoutEvaluator(shape, [residual], nodeKeystream);
  return { name, evaluate, concentration: measureConcentration(name, residual) };
}

/**
 * @param coordinates weights that take part at most, evenly spread
 * @throws BenchError NULL_CASE for a residual of zeros
 */
export function weightsNullCase(
  name: string,
  segments: readonly WeightSegment[],
  residual: Int16Array,
  coordinates = 65_536,
): NullCase {
  const evaluate = weightEvaluator(segments, residual, { coordinates, keystream: nodeKeystream });
  return { name, evaluate, concentration: measureConcentration(name, residual) };
}

/**
 * T under keys that nobody marked with. Each case has keys of its own, so that all the T of a run are independent.
 *
 * @returns one T per key
 */
export function wrongKeyStatistics({ name, evaluate }: NullCase, keys: number, seed: number): Float64Array {
  const seal = createHash("sha256").update(`null calibration\n${seed}\n${name}`).digest();
  return Float64Array.from({ length: keys }, (_, i) => evaluate(decoySeed(seal, i))[0] ?? Number.NaN);
}

/** Mean and spread of many T, each as its distance from theory in standard errors. */
export interface NullMoments {
  readonly count: number;
  readonly mean: number;
  readonly meanErrors: number;
  readonly deviation: number;
  readonly deviationErrors: number;
}

/**
 * For independent signs V and fixed R, T = <V,R> / ||R|| has mean 0, variance 1 and fourth moment 3 - 2 c, with c the
 * concentration; so the mean of N of them has the standard error 1 / sqrt(N), and their standard deviation
 * sqrt((2 - 2 c) / N) / 2.
 *
 * @param concentration mean of the cases' own, each case having as many T as any other
 */
export function nullMoments(statistics: Float64Array, concentration: number): NullMoments {
  const count = statistics.length;
  let sum = 0;
  let squares = 0;
  for (const t of statistics) {
    sum += t;
    squares += t * t;
  }
  const mean = sum / count;
  // About the mean that theory gives, 0.
  const deviation = Math.sqrt(squares / count);
  const deviationError = Math.sqrt((2 - 2 * concentration) / count) / 2;
  return {
    count,
    mean,
    meanErrors: mean * Math.sqrt(count),
    deviation,
    deviationErrors: (deviation - 1) / deviationError,
  };
}

function measureConcentration(name: string, residual: Int16Array): number {
  let squares = 0;
  let fourths = 0;
  for (const r of residual) {
    squares += r * r;
    fourths += r ** 4;
  }
  if (squares === 0) {
    throw new BenchError(
      "NULL_CASE",
      `the residual of ${name} is zero`,
      "T says nothing about it; leave it out.",
    );
  }
  return fourths / squares ** 2;
}
