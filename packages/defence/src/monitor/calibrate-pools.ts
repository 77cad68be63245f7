import { randomNumbers } from "@indicia/data/random-numbers";
import { FADING, LOOK_EVERY } from "./account.js";
import { type Calibration, pooledScore, type PooledUnits, type Unit } from "./calibration.js";
import { joinPool, noPools, POOLED_SCORES } from "./pools.js";
import { predictionBound, unitOf } from "./quantiles.js";
import { pace } from "./pace.js";
import { halfOf, type HonestRates, honestAccount } from "./honest.js";

import { emptyTally, fade, type TallyScores, tallyRow } from "./tally.js";
import { partFor, type UnseenRows } from "./unseen-rows.js";

/** Honest accounts that are watched at the same time. */
const POPULATION = 250;
/** Simulated accounts for one chance in so many, since several share a pool. */
const ACCOUNTS_PER_CHANCE = 4;
/** Least that the highest score of a population counts as, in units of the way from the median to the 95 % quantile. */
const LEAST = 0.5;
/** Populations from which something can be said of the next one. */
const FEWEST_POPULATIONS = 8;

interface PoolSimulation {
  readonly unseen: readonly UnseenRows[];
  readonly horizon: number;
  readonly level: number;
  readonly rates: HonestRates | null;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/**
 * By what pools are judged. The accounts of a population have in common how their rows differ from the window's, so that their
 * pools are high or low together: what counts is the highest pool of each, and every score is brought to what the next
 * population's highest exceeds with a chance of its share of `level`. Accounts come together as in use, so that whatever is
 * alike about honest accounts is paid for.
 */
export function calibratePools(simulation: PoolSimulation): Calibration["pooled"] {
  const { level, seed } = simulation;
  const count = Math.max(FEWEST_POPULATIONS, Math.ceil(ACCOUNTS_PER_CHANCE / level / POPULATION));
  const after = pace(`populations of ${POPULATION} accounts`, count, simulation.say);
  const populations = Array.from({ length: count }, (_, i): readonly TallyScores[] => {
    const looks: TallyScores[] = [];
    simulatePopulation(simulation, i, `${seed}/population ${i}`, (scores) => looks.push(scores));
    after();
    return looks;
  });
  // The scores each, and all of them added up.
  const share = level / (POOLED_SCORES.length + 1);
  const units = unitsOf(populations, share);
  const added = populations.map((looks) =>
    highestOf(looks.map((scores) => pooledScore(scores, units, 1).added)),
  );
  return { units, together: predictionBound(added, share), threshold: 1, level };
}

function unitsOf(populations: readonly (readonly TallyScores[])[], share: number): PooledUnits {
  const unit = (name: keyof TallyScores): Unit => {
    const plain = unitOf(populations.flatMap((looks) => looks.map((scores) => scores[name])));
    const highest = populations.map((looks) =>
      highestOf(looks.map((scores) => (scores[name] - plain.location) / plain.unit)),
    );
    return { location: plain.location, unit: plain.unit * Math.max(1, predictionBound(highest, share)) };
  };
  return {
    drift: unit("drift"),
    outside: unit("outside"),
    boundary: unit("boundary"),
    texture: unit("texture"),
  };
}

/** The largest, of too many for arguments of a function; a population without pools counts as low. */
function highestOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), LEAST);
}

function simulatePopulation(
  { unseen, horizon, rates }: PoolSimulation,
  which: number,
  seed: string,
  look: (scores: TallyScores) => void,
): void {
  const numbers = randomNumbers(seed);
  const part = partFor(unseen, which);
  const { sketches } = part;
  const rows = halfOf(sketches.rows, part.sources, numbers);
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
}
