import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { Budget } from "./baseline.js";
import { labelsOf } from "./labels.js";

/** What a protection changes in the answers to given rows. */
export interface AnswerDistortion {
  /** Share of rows whose label is another one. */
  readonly labelsChanged: number;
  /** Mean total variation between the distributions, 0 .. 1. */
  readonly totalVariation: number;
  /** Share of rows that were labelled rightly before, minus the share after. */
  readonly accuracyCost: number;
}

/**
 * Compare answers [n, m] before and after.
 *
 * @param labels what the rows really are, [n]
 */
export function answerDistortion(before: Tensor, after: Tensor, labels: Int32Array): AnswerDistortion {
  const [old, now] = [labelsOf(before), labelsOf(after)];
  const [p, q] = [toFloat64(before), toFloat64(after)];
  const rows = labels.length;
  const variation = p.reduce((sum, value, at) => sum + Math.abs(value - (q[at] ?? 0)), 0) / 2;
  const count = (of: (i: number) => boolean): number => labels.filter((_, i) => of(i)).length;
  // Whole numbers are subtracted: of two rounded shares the difference may lie beyond a bound that is met exactly.
  const lost = count((i) => old[i] === labels[i]) - count((i) => now[i] === labels[i]);
  return {
    labelsChanged: count((i) => old[i] !== now[i]) / rows,
    totalVariation: variation / rows,
    accuracyCost: lost / rows,
  };
}

/** Whether no part of a distortion is larger than it may be. */
export function within(distortion: AnswerDistortion, budget: Budget): boolean {
  return (
    distortion.labelsChanged <= budget.labelsChanged &&
    distortion.accuracyCost <= budget.accuracyCost &&
    distortion.totalVariation <= (budget.totalVariation ?? 1)
  );
}
