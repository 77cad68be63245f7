import { SCORES, type ScoreName, type Scores } from "./account.js";
import type { HonestRates } from "./honest.js";
import { POOLED_SCORES } from "./pools.js";
import type { TallyScores } from "./tally.js";
import type { Window } from "./window.js";

/**
 * What the monitor goes by.
 *
 * The guarantee, by split conformal prediction (V. Vovk, A. Gammerman and G. Shafer, "Algorithmic Learning in a Random
 * World", 2005, section 4.1): an account whose queries of a period are exchangeable with those of the simulated honest
 * accounts is flagged by its own score, at any of the looks of that period, with a probability of at most `level`, over
 * the drawing of the simulated accounts and its own. All looks are paid for, since what is compared is the largest score
 * of a whole period. By a pool of like accounts it is flagged with a probability of at most `pooled.level`, provided that
 * honest accounts come together as the simulated ones do, and that the logarithms of whole populations' highest pools are
 * normal, which is an assumption: a pool is brought together by one half of the queries and judged by the other. Honest
 * traffic that is unlike the calibration data is not covered. Where sources are named, accounts are simulated on sources that
 * their window has not seen, and new sources are covered as far as they differ from the named ones no more than these from
 * one another; all new clients share one draw of them, so that this is no conformal guarantee.
 */
export interface Calibration {
  /** What the rows were: penultimate features or, where a model shows none, its inputs. */
  readonly space: Space;
  readonly window: Window;
  /** Queries in a period; after so many an account begins anew. */
  readonly horizon: number;
  readonly level: number;
  /** What the volume is held against; null where nobody said how busy honest accounts are, and the volume counts for nothing. */
  readonly rates: HonestRates | null;
  /** By look, the last for all later ones. */
  readonly looks: readonly ScoreUnits[];
  /** What the sum of an account's scores counts by. */
  readonly together: number;
  /** Largest scores of the simulated honest accounts, ascending. */
  readonly largest: Float64Array;
  /** An account is flagged above this. */
  readonly threshold: number;
  readonly pooled: PooledCalibration;
}

/** By what pools are judged. */
export interface PooledCalibration {
  readonly units: PooledUnits;
  /** What the sum of a pool's scores counts by. */
  readonly together: number;
  readonly threshold: number;
  /** Chance that any pool of a population of honest accounts is flagged in a period, by the prediction bound. */
  readonly level: number;
}

export type Space = "features" | "inputs";

/** A score s counts as (s - location) / unit. */
export interface Unit {
  readonly location: number;
  readonly unit: number;
}
/** The volume has no unit where nobody said how busy honest accounts are. */
export type ScoreUnits = Readonly<Record<Exclude<ScoreName, "volume">, Unit>> & {
  readonly volume: Unit | null;
};
export type PooledUnits = Readonly<Record<keyof TallyScores, Unit>>;

/** What tells most of an account: one of its scores, or several that are each a little high. */
export type Reason = ScoreName | "together";

/** Scores that are added up; how much an account asks says nothing of what. */
const ADDED: readonly Exclude<ScoreName, "volume">[] = ["prada", "boundary", "drift", "outside", "texture"];

/** Sum of the scores above what is usual, each in its unit. */
export function addedUp(scores: Scores, units: ScoreUnits): number {
  return ADDED.reduce((sum, name) => {
    const { location, unit } = units[name];
    return sum + Math.max(0, (scores[name] - location) / unit);
  }, 0);
}

/** The one score of an account at a look, and what it is due to. */
export function accountScore(
  scores: Scores,
  units: ScoreUnits,
  together: number,
): { readonly score: number; readonly reason: Reason } {
  const { score, name } = largestScore(scores, units, SCORES);
  const added = addedUp(scores, units) / together;
  return added > score ? { score: added, reason: "together" } : { score, reason: name };
}

/** The largest of some scores, each in its unit, and which it was. */
function largestScore<Name extends string>(
  scores: Readonly<Record<Name, number>>,
  units: Readonly<Record<Name, Unit | null>>,
  names: readonly [Name, ...Name[]],
): { readonly score: number; readonly name: Name } {
  let score = Number.NEGATIVE_INFINITY;
  let name: Name = names[0];
  for (const each of names) {
    const scale = units[each];
    const own = scale === null ? Number.NEGATIVE_INFINITY : (scores[each] - scale.location) / scale.unit;
    if (own <= score) continue;
    score = own;
    name = each;
  }
  return { score, name };
}

/** The one score of a pool, and what it is due to. */
export function pooledScore(
  scores: TallyScores,
  units: PooledUnits,
  together: number,
): { readonly score: number; readonly reason: Reason; readonly added: number } {
  const { score, name } = largestScore(scores, units, POOLED_SCORES);
  const added =
    POOLED_SCORES.reduce(
      (sum, each) => sum + Math.max(0, (scores[each] - units[each].location) / units[each].unit),
      0,
    ) / together;
  return added > score ? { score: added, reason: "together", added } : { score, reason: name, added };
}

/** Units at a look, counted from 1. */
export function unitsAt(looks: readonly ScoreUnits[], look: number): ScoreUnits {
  const units = looks[Math.min(look, looks.length) - 1];
  if (units === undefined) throw new RangeError("a calibration without looks");
  return units;
}

/**
 * Conformal p-value of an account's largest score: the share of honest accounts, itself among them, with a score as large.
 * The smallest is 1 / (simulated accounts + 1).
 */
export function honestShare(largest: Float64Array, score: number): number {
  let low = 0;
  let high = largest.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((largest[middle] ?? 0) >= score) high = middle;
    else low = middle + 1;
  }
  return (1 + largest.length - low) / (1 + largest.length);
}

/** 0 for what half of all honest accounts come to, 1 where an account is flagged. */
export function suspicionOf({ largest, threshold }: Calibration, score: number): number {
  const usual = largest[largest.length >> 1] ?? 0;
  if (score > threshold) return 1;
  return Math.max(0, Math.min(1, (score - usual) / Math.max(1e-9, threshold - usual)));
}
