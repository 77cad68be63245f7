import { randomNumbers } from "@indicia/data/random-numbers";
import { DefenceError } from "../error.js";
import { LOOK_EVERY, newAccount, observeRow, SCORES, type ScoreName, type Scores } from "./account.js";
import { calibratePools } from "./calibrate-pools.js";
import {
  type Calibration,
  accountScore,
  addedUp,
  type ScoreUnits,
  type Space,
  type Unit,
  unitsAt,
} from "./calibration.js";
import { conformalQuantile, unitOf } from "./quantiles.js";
import { type HonestRates, honestAccount } from "./honest.js";
import { pace } from "./pace.js";
import { partFor, partsOf, rowsOfAccount, type UnseenRows } from "./unseen-rows.js";
import { FEWEST_FIT_ROWS, type ObservedRows } from "./window.js";

/** Queries in a period, unless told otherwise. */
export const DEFAULT_HORIZON = 5000;
/** Chance that an honest account is flagged in a period, by itself and by its pool each. */
export const DEFAULT_LEVEL = 0.001;
/** Accounts simulated to learn how scores compare, at most; a coarse level needs fewer. */
const MOST_COMPARED = 300;
/** Looks with units of their own: scores of few queries are spread differently. */
const LOOKS_APART = 12;
export interface CalibrateOptions {
  readonly classes: number;
  /** What the rows are, default features. */
  readonly space?: Space;
  /**
   * Which source each row comes from, such as a client or a package, where rows of one are more alike than others; else
   * every row is a source of its own. New clients are like new sources, and are only left alone where that is known.
   */
  readonly sources?: Int32Array;
  readonly horizon?: number;
  readonly level?: number;
  /** How busy honest accounts are; rows alone do not tell, so that without it the volume counts for nothing. */
  readonly rates?: HonestRates | null;
  readonly seed?: number;
  readonly say?: (line: string) => void;
}

/**
 * Learn from benign rows what honest accounts look like: a window, and units of the scores and the threshold from accounts
 * simulated on rows that a window has not seen.
 *
 * @param benign in random order
 * @throws DefenceError ROWS_TOO_FEW, OPTIONS_INVALID
 */
export async function calibrate(benign: ObservedRows, options: CalibrateOptions): Promise<Calibration> {
  const { classes, horizon = DEFAULT_HORIZON, level = DEFAULT_LEVEL, rates = null, seed = 1 } = options;
  if (
    !(level > 0 && level < 1) ||
    !(horizon >= LOOK_EVERY) ||
    (rates !== null && !(rates.slowest > 0 && rates.busiest >= rates.slowest))
  )
    throw new DefenceError(
      "OPTIONS_INVALID",
      "no such level, horizon or rates",
      "Give a level between 0 and 1.",
    );
  if (benign.rows < 2 * FEWEST_FIT_ROWS)
    throw new DefenceError(
      "ROWS_TOO_FEW",
      `${benign.rows} benign rows, of ${2 * FEWEST_FIT_ROWS} at least`,
      "Give more of what honest clients ask.",
    );
  const { window, unseen } = await partsOf(benign, { classes, sources: options.sources ?? null, seed });
  const simulation = { unseen, horizon, rates };
  // The quantile of rank ceil((n + 1)(1 - level)) exists from here on.
  const accounts = Math.ceil(1 / level) - 1;
  const comparing = Math.min(MOST_COMPARED, accounts);
  const afterCompared = pace("accounts to compare scores by", comparing, options.say);
  const compared = Array.from({ length: comparing }, (_, i) => {
    const scores = simulated(simulation, i, `${seed}/compared ${i}`);
    afterCompared();
    return scores;
  });
  const looks = unitsOf(compared, level).map((units) =>
    rates === null ? { ...units, volume: null } : units,
  );
  const together = upperOf(
    compared.map((scores) => Math.max(...scores.map((each, i) => addedUp(each, unitsAt(looks, i + 1))))),
    level,
  );
  const afterHonest = pace("honest accounts", accounts, options.say);
  const largest = Float64Array.from({ length: accounts }, (_, i) => {
    const score = largestOf(simulated(simulation, i, `${seed}/honest ${i}`), looks, together);
    afterHonest();
    return score;
  }).sort();
  const { say } = options;
  const pooled = calibratePools({ ...simulation, level, seed, ...(say === undefined ? {} : { say }) });
  return {
    space: options.space ?? "features",
    window,
    horizon,
    level,
    rates,
    looks,
    together,
    largest,
    threshold: conformalQuantile(largest, level),
    pooled,
  };
}

interface Simulation {
  readonly unseen: readonly UnseenRows[];
  readonly horizon: number;
  readonly rates: HonestRates | null;
}

/** Scores of an honest account at every look of a period. @param which number of the account: parts take turns */
function simulated({ unseen, horizon, rates }: Simulation, which: number, seed: string): Scores[] {
  const numbers = randomNumbers(seed);
  const part = partFor(unseen, which);
  const { sketches } = part;
  const next = honestAccount(sketches, rowsOfAccount(part, numbers), rates, numbers);
  const state = newAccount(sketches.dimensions);
  const looks: Scores[] = [];
  for (let i = 0; i < horizon; i++) {
    const { row, time } = next();
    const scores = observeRow(state, sketches, row, time);
    if (scores !== null) looks.push(scores);
  }
  return looks;
}

function largestOf(scores: readonly Scores[], looks: readonly ScoreUnits[], together: number): number {
  return scores.reduce(
    (most, each, i) => Math.max(most, accountScore(each, unitsAt(looks, i + 1), together).score),
    Number.NEGATIVE_INFINITY,
  );
}

/** Every score on one scale: about as many honest accounts reach 1 by any of them. */
function unitsOf(accounts: readonly (readonly Scores[])[], level: number): ScoreUnits[] {
  const looks = Math.min(LOOKS_APART, accounts[0]?.length ?? 0);
  const bucket = (i: number): number => Math.min(i, looks - 1);
  const atLook = (scores: readonly Scores[], look: number): Scores[] =>
    scores.filter((_, i) => bucket(i) === look);
  const plain = (name: ScoreName): Unit[] =>
    Array.from({ length: looks }, (_, look) =>
      unitOf(accounts.flatMap((scores) => atLook(scores, look).map((each) => each[name]))),
    );
  const scaled = new Map(
    SCORES.map((name): [ScoreName, Unit[]] => {
      const units = plain(name);
      const most = accounts.map((scores) =>
        Math.max(...scores.map((each, i) => standing(each[name], units[bucket(i)]))),
      );
      const high = upperOf(most, level);
      return [name, units.map(({ location, unit }) => ({ location, unit: unit * high }))];
    }),
  );
  return Array.from({ length: looks }, (_, look) => {
    const at = (name: ScoreName): Unit => scaled.get(name)?.[look] ?? { location: 0, unit: 1 };
    return {
      prada: at("prada"),
      coverage: at("coverage"),
      boundary: at("boundary"),
      drift: at("drift"),
      outside: at("outside"),
      texture: at("texture"),
      volume: at("volume"),
    };
  });
}

/** The value that all but a few stay below, at least 1. */
function upperOf(values: readonly number[], level: number): number {
  const sorted = Float64Array.from(values).sort();
  return Math.max(1, sorted[Math.floor((1 - level) * (sorted.length - 1))] ?? 1);
}

function standing(score: number, unit: Unit | undefined): number {
  return unit === undefined ? 0 : (score - unit.location) / unit.unit;
}
