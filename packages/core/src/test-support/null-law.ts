import { binomialUpperQuantile } from "@indicia/proof/binomial";

const LEVELS = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4];
/** The share of runs in which a right test may fail. */
const ALARM = 1e-4;

/** How far statistics under wrong keys are from what the carrier alone makes of them. */
export interface NullLaw {
  /** Mean and variance less 0 and 1, in standard errors. */
  readonly mean: number;
  readonly variance: number;
  /** Levels that more of them reach than the bound exp(-t^2/2) allows. */
  readonly exceeded: readonly number[];
}

export function nullLaw(values: Float64Array): NullLaw {
  const n = values.length;
  const mean = values.reduce((sum, t) => sum + t, 0) / n;
  const variance = values.reduce((sum, t) => sum + t * t, 0) / n;
  const exceeded = LEVELS.filter(
    (t) =>
      values.filter((value) => value >= t).length >
      binomialUpperQuantile(ALARM / LEVELS.length, n, Math.exp((-t * t) / 2)),
  );
  return { mean: mean * Math.sqrt(n), variance: (variance - 1) * Math.sqrt(n / 2), exceeded };
}
