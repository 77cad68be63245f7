import { answerMarker, type GatewayMark } from "@indicia/core/gateway-answers";
import { MOST_CHANGED } from "@indicia/core/marks/logged/plan";
import type { FeatureReader } from "@indicia/core/marks/readout/features";
import type { InputRows } from "@indicia/core/registration";
import { totalVariation } from "@indicia/defence/perturbation/towards";
import { proportionUpperBound } from "@indicia/proof/binomial";
import { decision, probabilities } from "@indicia/proof/scores";

/** Customers whose marks are measured: carriers differ, and so does what they change. */
const MOST_CUSTOMERS = 4;
const CONFIDENCE = 0.95;

/** What a strength of customers' marks changes on some rows. */
export interface MarkChange {
  readonly rows: number;
  readonly customers: number;
  /** Labels changed of the customer of whom most were, and the upper bound of his share. */
  readonly changed: number;
  readonly upper: number;
  /** Mean total variation of all answers; of yes-or-no outputs the mean change of a probability. */
  readonly variation: number;
}

/**
 * Answer rows with and without the marks of the first customers of a register.
 *
 * @returns null where nobody is marked
 */
export async function markChange(
  reader: Pick<FeatureReader, "read">,
  mark: GatewayMark,
  {
    rows,
    customers,
  }: { readonly rows: Pick<InputRows, "rows" | "tensors">; readonly customers: readonly string[] },
): Promise<MarkChange | null> {
  const measured = customers.slice(0, MOST_CUSTOMERS);
  if (mark.strength === 0 || measured.length === 0 || rows.rows === 0) return null;
  const answers = await reader.read(rows);
  const names = Array.from({ length: rows.rows }, () => "");
  const marker = answerMarker({ ...mark, tilt: 0 }, []);
  const link = mark.tail === "sigmoid" ? "sigmoid" : "softmax";
  const { classes } = mark.place;
  const each = measured.map((customer) => {
    const { logits } = marker(answers, names, customer);
    let [changed, variation] = [0, 0];
    for (let row = 0; row < rows.rows; row++) {
      if (decision(logits, row, classes) !== decision(answers.logits, row, classes)) changed++;
      const of = (reference: Float64Array): Float64Array => probabilities({ classes, reference, link }, row);
      const moved = totalVariation(of(logits), of(answers.logits));
      variation += link === "softmax" ? moved : (2 * moved) / classes;
    }
    return { changed, variation };
  });
  const changed = Math.max(...each.map((own) => own.changed));
  const sum = each.reduce((all, own) => all + own.variation, 0);
  return {
    rows: rows.rows,
    customers: measured.length,
    changed,
    // Each customer could have been the one of whom most were.
    upper: proportionUpperBound(changed, rows.rows, 1 - (1 - CONFIDENCE) / measured.length),
    variation: sum / each.length / rows.rows,
  };
}

/** The same in words, with a warning where more labels may be changed than the budget of 0.5 %. */
export function tellMarkChange(
  strength: number,
  { rows, customers, changed, upper, variation }: MarkChange,
): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const told =
    `strength ${strength} changes ${percent(changed / rows)} of ${rows} labels (95 % upper bound ${percent(upper)}, ` +
    `the most of ${customers} customers) and answers by a mean total variation of ${variation.toFixed(4)}`;
  if (changed > MOST_CHANGED * rows)
    return `${told}; WARNING: that is above the label budget of ${percent(MOST_CHANGED)}, choose a smaller strength`;
  if (upper > MOST_CHANGED)
    return `${told}; WARNING: these rows do not show that it keeps to the label budget of ${percent(MOST_CHANGED)}, give more with --data`;
  return told;
}
