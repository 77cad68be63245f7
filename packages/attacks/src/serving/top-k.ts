import { badOption } from "../error.js";
import { type AnswerChange, changeRows } from "./change.js";

/**
 * Only the k largest probabilities are told, the others are NaN; of equal ones the first.
 *
 * @throws AttackError ATTACK_OPTION
 */
export function topK({ k }: { readonly k: number }): AnswerChange {
  if (!(Number.isInteger(k) && k >= 1)) throw badOption(`the top ${k}`);
  return (answers) =>
    changeRows(answers, (row) => {
      for (const at of ranking(row).slice(k)) row[at] = Number.NaN;
    });
}

/** Only the label is told: 1 for it and 0 elsewhere. A row without any number stays as it is. */
export function labelOnly(): AnswerChange {
  return (answers) =>
    changeRows(answers, (row) => {
      const [label] = ranking(row);
      if (label !== undefined && !Number.isNaN(row[label])) row.fill(0).fill(1, label, label + 1);
    });
}

/** Columns from the largest to the smallest, NaN last. */
function ranking(row: Float64Array): number[] {
  const worth = (at: number): number => {
    const value = row[at] ?? Number.NaN;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return [...row.keys()].sort((a, b) => worth(b) - worth(a) || a - b);
}
