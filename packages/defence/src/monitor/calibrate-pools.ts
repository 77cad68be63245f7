import { randomNumbers } from "@indicia/data/random-numbers";
import { FADING, LOOK_EVERY } from "./account.js";
import { type Calibration, largestScore, type PooledUnits } from "./calibration.js";
import { conformalQuantile, unitOf } from "./quantiles.js";
import { halfOf, type HonestRates, honestAccount } from "./honest.js";
import { FEWEST_POOLED, MOST_POOLED, POOLED_SCORES } from "./pools.js";
import type { Sketches } from "./sketch.js";
import { addTally, emptyTally, fade, type TallyScores, tallyRow, tallyScores } from "./tally.js";

/** Pools simulated to learn how scores compare, at most. */
const MOST_COMPARED = 200;
/** Looks of a pool that are kept to tell the usual from: enough, and they are alike. */
const KEPT_LOOKS = 40;

interface PoolSimulation {
  readonly sketches: Sketches;
  readonly horizon: number;
  readonly level: number;
  readonly rates: HonestRates;
  readonly seed: number;
}

/**
 * The threshold of pools, from simulated pools of honest accounts. A pool is put together by queries other than those it
 * is judged by, so a random one does.
 */
export function calibratePools(simulation: PoolSimulation): Calibration["pooled"] {
  const { level, seed } = simulation;
  const pools = Math.ceil(1 / level) - 1;
  const compared = Array.from({ length: Math.min(MOST_COMPARED, pools) }, (_, i) =>
    simulatedPool(simulation, `${seed}/compared pool ${i}`),
  );
  const units = unitsOf(compared);
  const largest = Float64Array.from({ length: pools }, (_, i) =>
    simulatedPool(simulation, `${seed}/pool ${i}`).reduce(
      (most, scores) => Math.max(most, largestScore(scores, units, POOLED_SCORES).score),
      Number.NEGATIVE_INFINITY,
    ),
  ).sort();
  return { units, threshold: conformalQuantile(largest, level) };
}

function unitsOf(pools: readonly (readonly TallyScores[])[]): PooledUnits {
  const unit = (name: keyof TallyScores): PooledUnits[typeof name] => {
    const values = pools.flatMap((scores) => scores.slice(0, KEPT_LOOKS).map((each) => each[name]));
    const highest = (location: number, spread: number): number =>
      Math.max(
        1,
        ...pools.map((scores) => Math.max(...scores.map((each) => (each[name] - location) / spread))),
      );
    return unitOf(values, highest);
  };
  return {
    drift: unit("drift"),
    outside: unit("outside"),
    boundary: unit("boundary"),
    texture: unit("texture"),
  };
}

/** Scores of a pool of honest accounts, every time one of them was looked at. */
function simulatedPool({ sketches, horizon, rates }: PoolSimulation, seed: string): TallyScores[] {
  const numbers = randomNumbers(seed);
  const rows = halfOf(sketches.rows, numbers);
  const size = FEWEST_POOLED + numbers.below(MOST_POOLED - FEWEST_POOLED + 1);
  const members = Array.from({ length: size }, () => ({
    next: honestAccount(sketches, rows, rates, numbers),
    tally: emptyTally(),
  }));
  const looks: TallyScores[] = [];
  for (let look = 0; look < Math.floor(horizon / LOOK_EVERY); look++) {
    for (const { next, tally } of members) {
      fade(tally, FADING);
      for (let i = 0; i < LOOK_EVERY / 2; i++) tallyRow(tally, sketches, next().row);
      const pool = emptyTally();
      for (const member of members) addTally(pool, member.tally);
      looks.push(tallyScores(pool));
    }
  }
  return looks;
}
