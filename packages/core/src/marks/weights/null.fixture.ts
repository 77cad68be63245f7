import { binomialUpperQuantile } from "@indicia/proof/binomial";
import { weightEvaluator } from "@indicia/proof/evaluate";
import { lnRademacherTail } from "@indicia/proof/tail";
import { nodeKeystream } from "../../keystream-node.js";
import type { WeightMeasurement } from "./measure.js";

/** Keys that nobody marked with. */
export const WRONG_KEYS = 4000;
const LEVELS = [1, 1.5, 2, 2.5, 3, 3.5] as const;

/** What T does under wrong keys, beside what the certified bound allows. */
export interface WrongKeys {
  /** How many T reach each level, and the 99.99 % quantile of what the bound allows, Bonferroni over the levels. */
  readonly counts: readonly { readonly level: number; readonly above: number; readonly most: number }[];
  readonly mean: number;
  readonly meanSquare: number;
}

/** Hold a measurement against {@link WRONG_KEYS} keys. */
export function wrongKeys({ segments, residual }: WeightMeasurement): WrongKeys {
  const evaluate = weightEvaluator(segments, residual, { coordinates: 8192, keystream: nodeKeystream });
  const seed = new Uint8Array(32);
  const T = Array.from({ length: WRONG_KEYS }, (_, key) => {
    new DataView(seed.buffer).setUint32(0, key + 1);
    return evaluate(seed)[0] ?? 0;
  });
  return {
    counts: LEVELS.map((level) => ({
      level,
      above: T.filter((value) => value >= level).length,
      most: binomialUpperQuantile(1e-4 / LEVELS.length, WRONG_KEYS, Math.exp(lnRademacherTail(level))),
    })),
    mean: T.reduce((sum, value) => sum + value, 0) / WRONG_KEYS,
    meanSquare: T.reduce((sum, value) => sum + value * value, 0) / WRONG_KEYS,
  };
}
