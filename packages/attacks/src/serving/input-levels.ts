import { badOption } from "../error.js";
import { changeRows, type InputChange } from "./change.js";

export interface InputLevelsOptions {
  /** How many values are left, at least 2. */
  readonly levels: number;
  /** Ends of the range that the levels divide, default 0 and 1; what lies outside goes to the ends. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Every number of every input goes to the nearest of a few evenly spaced levels.
 *
 * @throws AttackError ATTACK_OPTION
 */
export function inputLevels({ levels, range: [low, high] = [0, 1] }: InputLevelsOptions): InputChange {
  if (!(Number.isInteger(levels) && levels >= 2 && high > low)) throw badOption(`${levels} levels`);
  const step = (high - low) / (levels - 1);
  const nearest = (value: number): number =>
    low + step * Math.round((Math.min(Math.max(value, low), high) - low) / step);
  return (rows) =>
    changeRows(rows, (row) => {
      for (const [at, value] of row.entries()) row[at] = nearest(value);
    });
}
