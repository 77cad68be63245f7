import { badOption } from "../error.js";
import { type AnswerChange, changeRows } from "./change.js";

/**
 * Probabilities with a few decimals only.
 *
 * @throws AttackError ATTACK_OPTION
 */
export function rounding({ decimals }: { readonly decimals: number }): AnswerChange {
  if (!(Number.isInteger(decimals) && decimals >= 0)) throw badOption(`${decimals} decimals`);
  const scale = 10 ** decimals;
  return (answers) =>
    changeRows(answers, (row) => {
      for (const [at, value] of row.entries()) row[at] = Math.round(value * scale) / scale;
    });
}
