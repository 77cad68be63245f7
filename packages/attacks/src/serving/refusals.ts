import { badOption } from "../error.js";
import { random } from "@indicia/autodiff/random";
import { type AnswerChange, changeRows, rowSeed } from "./change.js";

/**
 * A share of the answers does not come: rows of NaN. Which ones, their content decides, so asking again does not help.
 *
 * @param options.share 0 .. 1
 * @throws AttackError ATTACK_OPTION
 */
export function refusals({ share }: { readonly share: number }): AnswerChange {
  if (!(share >= 0 && share <= 1)) throw badOption(`a share of ${share}`);
  return (answers, seed) =>
    changeRows(answers, (row) => {
      if (random(rowSeed(seed, row), "refusals").uniform() < share) row.fill(Number.NaN);
    });
}
