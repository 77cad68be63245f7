import { randomNumbers } from "@indicia/data/random-numbers";
import { FADING, LOOK_EVERY } from "./account.js";
import { type Calibration, pooledScore, type PooledUnits } from "./calibration.js";
import { unitOf } from "./quantiles.js";
import { halfOf, type HonestRates, honestAccount, type Sources } from "./honest.js";
import { joinPool, noPools } from "./pools.js";
import type { Sketches } from "./sketch.js";
import { emptyTally, fade, type TallyScores, tallyRow } from "./tally.js";

/** Honest accounts that are watched at the same time. */
const POPULATION = 500;
/** Simulated accounts for one chance in so many, since several share a pool. */
const ACCOUNTS_PER_CHANCE = 4;
/** A pool flags several accounts at once: what no simulated pool came to is raised by this much more. */
const MARGIN = 1.2;

interface PoolSimulation {
  readonly sketches: Sketches;
  readonly sources: Sources;
  readonly horizon: number;
  readonly level: number;
  readonly rates: HonestRates;
  readonly seed: number;
}

/**
 * The threshold of pools, above every score of pools among simulated honest accounts. They come together as in use, so that
 * whatever is alike about honest accounts is paid for.
 */
export function calibratePools(simulation: PoolSimulation): Calibration["pooled"] {
  const { level, seed } = simulation;
  const looks: TallyScores[] = [];
  simulatePopulation(simulation, `${seed}/compared population`, (scores) => looks.push(scores));
  const units = unitsOf(looks);
  const highest = Math.max(1, largestOf(looks.map((scores) => pooledScore(scores, units, 1).added)));
  let threshold = 0;
  let pools = 0;
  const populations = Math.ceil(ACCOUNTS_PER_CHANCE / level / POPULATION);
  for (let i = 0; i < populations; i++) {
    pools += simulatePopulation(simulation, `${seed}/population ${i}`, (scores) => {
      threshold = Math.max(threshold, pooledScore(scores, units, highest).score);
    });
  }
  return { units, together: highest, threshold: MARGIN * threshold, level: 1 / (pools + 1) };
}

function unitsOf(looks: readonly TallyScores[]): PooledUnits {
  const unit = (name: keyof TallyScores): PooledUnits[typeof name] => {
    const values = looks.map((scores) => scores[name]);
    const most = largestOf(values);
    return unitOf(values, (location, spread) => Math.max(1, (most - location) / spread));
  };
  return {
    drift: unit("drift"),
    outside: unit("outside"),
    boundary: unit("boundary"),
    texture: unit("texture"),
  };
}

/** The largest, of too many for arguments of a function. */
function largestOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/** @returns number of pools there were in the end */
function simulatePopulation(
  { sketches, sources, horizon, rates }: PoolSimulation,
  seed: string,
  look: (scores: TallyScores) => void,
): number {
  const numbers = randomNumbers(seed);
  const rows = halfOf(sketches.rows, sources, numbers);
  const pools = noPools();
  const accounts = Array.from({ length: POPULATION }, (_, i) => ({
    id: String(i),
    next: honestAccount(sketches, rows, rates, numbers),
    halves: [emptyTally(), emptyTally()] as const,
  }));
  for (let looks = 0; looks < Math.floor(horizon / LOOK_EVERY); looks++) {
    for (const { id, next, halves } of accounts) {
      for (let i = 0; i < LOOK_EVERY; i++) tallyRow(halves[i % 2 === 0 ? 0 : 1], sketches, next().row);
      for (const half of halves) fade(half, FADING);
      const pool = joinPool(pools, id, { halves });
      if (pool !== null) look(pool.scores);
    }
  }
  return pools.all.size;
}
