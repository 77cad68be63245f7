import { type Distances, distanceAbnormality, measureRow, noDistances } from "./distances.js";
import type { Sketches } from "./sketch.js";
import { addTally, emptyTally, fade, type Tally, tallyRow, tallyScores } from "./tally.js";
import { CELLS } from "./window.js";

/** Queries between two looks at an account. */
export const LOOK_EVERY = 50;
/** What is left of older queries' weight from look to look: about the latest 500 queries count. */
export const FADING = 0.9;
/** Time after which a query counts for 1/e in the volume, in milliseconds. */
const VOLUME_TIME = 3_600_000;

/** What is known of an account, of a fixed size however much it asks. */
export interface AccountState {
  /** Queries in this period. */
  seen: number;
  /** Every other query each: the first says whom an account is like, the second what they are like together. */
  readonly halves: readonly [Tally, Tally];
  readonly cells: Float64Array;
  readonly distances: Distances;
  volume: number;
  /** Time of the latest query, in milliseconds, or null. */
  latest: number | null;
}

/** Names of an account's scores, in the order in which they are kept. */
export const SCORES = ["prada", "coverage", "boundary", "drift", "outside", "texture", "volume"] as const;
export type ScoreName = (typeof SCORES)[number];
/** Larger is more like a thief. */
export type Scores = Readonly<Record<ScoreName, number>>;

export function newAccount(dimensions: number): AccountState {
  return {
    seen: 0,
    halves: [emptyTally(), emptyTally()],
    cells: new Float64Array(CELLS),
    distances: noDistances(dimensions),
    volume: 0,
    latest: null,
  };
}

/**
 * Take one query of an account into account.
 *
 * @param time in milliseconds
 * @returns its scores, where it is time to look
 */
export function observeRow(
  state: AccountState,
  sketches: Sketches,
  row: number,
  time: number,
): Scores | null {
  tallyRow(state.halves[state.seen % 2 === 0 ? 0 : 1], sketches, row);
  const cell = sketches.cells[row] ?? 0;
  state.cells[cell] = (state.cells[cell] ?? 0) + 1;
  measureRow(state.distances, sketches, row);
  countVolume(state, time);
  state.seen++;
  if (state.seen % LOOK_EVERY !== 0) return null;
  const scores = scoresOf(state);
  for (const half of state.halves) fade(half, FADING);
  for (let c = 0; c < CELLS; c++) state.cells[c] = (state.cells[c] ?? 0) * FADING;
  return scores;
}

function countVolume(state: AccountState, time: number): void {
  const passed = state.latest === null ? 0 : Math.max(0, time - state.latest);
  state.volume = state.volume * Math.exp(-passed / VOLUME_TIME) + 1;
  state.latest = time;
}

function scoresOf(state: AccountState): Scores {
  const whole = emptyTally();
  for (const half of state.halves) addTally(whole, half);
  return {
    prada: distanceAbnormality(state.distances),
    coverage: perplexity(state.cells) / CELLS,
    volume: Math.log1p(state.volume),
    ...tallyScores(whole),
  };
}

/** Number of cells that an equal spread over them would take: exp of the entropy. */
function perplexity(cells: Float64Array): number {
  let total = 0;
  for (const count of cells) total += count;
  let entropy = 0;
  for (const count of cells) if (count > 0) entropy -= (count / total) * Math.log(count / total);
  return Math.exp(entropy);
}
