import type { Sketches } from "./sketch.js";
import { EMBEDDED, LOW_SHARE, OUTSIDE_SHARE } from "./window.js";

/** Sums over queries of which older ones count less: of accounts together, simply the sums of theirs. */
export interface Tally {
  /** Weight of the queries, and of its squares. */
  weight: number;
  squares: number;
  outside: number;
  low: number;
  texture: number;
  /** Length EMBEDDED. */
  readonly drift: Float64Array;
}

/** What is told from a tally, each about normal for honest traffic, and larger for what is not. */
export interface TallyScores {
  /** n times the squared distance of the mean embedding from the benign one. */
  readonly drift: number;
  /** Excess of rows outside what is benign, and of rows near a decision, in deviations. */
  readonly outside: number;
  readonly boundary: number;
  /** Mean texture of the inputs, more or less than is usual, in deviations. */
  readonly texture: number;
}

export function emptyTally(): Tally {
  return { weight: 0, squares: 0, outside: 0, low: 0, texture: 0, drift: new Float64Array(EMBEDDED) };
}

export function tallyRow(tally: Tally, sketches: Sketches, row: number): void {
  tally.weight += 1;
  tally.squares += 1;
  tally.outside += sketches.outside[row] ?? 0;
  tally.low += sketches.low[row] ?? 0;
  tally.texture += sketches.texture[row] ?? 0;
  const { drift } = tally;
  const { drifts } = sketches;
  const at = row * EMBEDDED;
  for (let j = 0; j < EMBEDDED; j++) drift[j] = (drift[j] ?? 0) + (drifts[at + j] ?? 0);
}

/** Let what was tallied so far count for less. */
export function fade(tally: Tally, factor: number): void {
  tally.weight *= factor;
  tally.squares *= factor * factor;
  tally.outside *= factor;
  tally.low *= factor;
  tally.texture *= factor;
  for (let j = 0; j < EMBEDDED; j++) tally.drift[j] = (tally.drift[j] ?? 0) * factor;
}

export function addTally(sum: Tally, tally: Tally): void {
  sum.weight += tally.weight;
  sum.squares += tally.squares;
  sum.outside += tally.outside;
  sum.low += tally.low;
  sum.texture += tally.texture;
  for (let j = 0; j < EMBEDDED; j++) sum.drift[j] = (sum.drift[j] ?? 0) + (tally.drift[j] ?? 0);
}

/** Scores of a tally that holds something. */
export function tallyScores({ weight, squares, outside, low, texture, drift }: Tally): TallyScores {
  let norm = 0;
  for (const sum of drift) norm += sum * sum;
  const excess = (count: number, share: number): number =>
    (count - share * weight) / Math.sqrt(squares * share * (1 - share));
  // Weighted counts have the variance of so many full ones: (sum of w)^2 / (sum of w^2).
  return {
    drift: norm / squares,
    outside: excess(outside, OUTSIDE_SHARE),
    boundary: excess(low, LOW_SHARE),
    texture: Math.abs(texture) / Math.sqrt(squares),
  };
}
