import { type Lesson, targetsOf } from "@indicia/autodiff/teacher";
import { PERTURBATIONS, type PerturbationKind, perturber } from "@indicia/defence/perturbation/perturb";
import { totalVariation } from "@indicia/defence/perturbation/towards";
import { decision } from "@indicia/proof/scores";

/** What honest accounts' answers may differ by. */
export const BUDGET = 0.05;
/** The same of a flagged account's. */
export const MOST = 0.5;
const KEY: Uint8Array = new Uint8Array(32).fill(11);

/** Answers as the model gives them and with a customer's mark, distributions, row-major [rows, classes]. */
export interface MarkedAnswers {
  readonly classes: number;
  readonly unmarked: Float64Array;
  readonly marked: Float64Array;
}

/** A way of answering: what is given for marked answers, and what would be given for unmarked ones. */
export interface Policy {
  readonly name: string;
  readonly give: (answers: MarkedAnswers) => Float64Array;
  readonly alike: (answers: MarkedAnswers) => Float64Array;
  /** Total variation that is allowed; null where the policy promises none. */
  readonly budget: number | null;
}

/** Every output policy, and every perturbation for accounts without suspicion and for flagged ones. */
export function policies(): Policy[] {
  return [
    { name: "full", give: ({ marked }) => marked, alike: ({ unmarked }) => unmarked, budget: null },
    shown("round:2", { kind: "rounded", decimals: 2 }),
    shown("round:1", { kind: "rounded", decimals: 1 }),
    shown("top-k:3", { kind: "top", count: 3 }),
    shown("labels", { kind: "labels" }),
    ...PERTURBATIONS.flatMap((kind) => [
      perturbed(kind, { kind, budgets: () => BUDGET, budget: BUDGET }),
      perturbed(`${kind}, flagged account`, { kind, budgets: () => MOST, budget: MOST }),
    ]),
  ];
}

/** An output policy, as a thief makes the best of it. */
function shown(name: string, lesson: Lesson): Policy {
  const show = (values: Float64Array, classes: number): Float64Array =>
    distributionsOf(targetsOf(floats(values, classes), lesson, name), values.length / classes, classes);
  return {
    name,
    give: ({ marked, classes }) => show(marked, classes),
    alike: ({ unmarked, classes }) => show(unmarked, classes),
    budget: null,
  };
}

/** @param budgets total variation allowed for each row */
export function perturbed(
  name: string,
  given: {
    readonly kind: PerturbationKind;
    readonly budgets: (row: number) => number;
    readonly budget: number;
  },
): Policy {
  const change = (values: Float64Array, unmarked: Float64Array | null, classes: number): Float64Array => {
    const { kind, budgets } = given;
    const out = new Float64Array(values.length);
    const known = new Map<number, ReturnType<typeof perturber>>();
    for (let at = 0; at < values.length; at += classes) {
      const budget = budgets(at / classes);
      const perturb = known.get(budget) ?? perturber({ kind, classes, key: KEY, budget, most: budget });
      known.set(budget, perturb);
      const row = (of: Float64Array): Float64Array => of.subarray(at, at + classes);
      const asked = { account: "thief", query: String(at), suspicion: 0 };
      out.set(
        perturb(row(values), { ...asked, ...(unmarked === null ? {} : { unmarked: row(unmarked) }) }),
        at,
      );
    }
    return out;
  };
  return {
    name,
    give: ({ marked, unmarked, classes }) => change(marked, unmarked, classes),
    alike: ({ unmarked, classes }) => change(unmarked, null, classes),
    budget: given.budget,
  };
}

/** What a policy costs whoever is answered: labels changed in percent, and mean total variation. */
export function costOf(
  before: Float64Array,
  after: Float64Array,
  classes: number,
): { readonly labels: number; readonly variation: number } {
  const rows = before.length / classes;
  let labels = 0;
  let variation = 0;
  for (let i = 0; i < rows; i++) {
    labels += decision(before, i, classes) === decision(after, i, classes) ? 0 : 1;
    const row = (of: Float64Array): Float64Array => of.subarray(i * classes, (i + 1) * classes);
    variation += totalVariation(row(before), row(after)) / rows;
  }
  // Sums of many shares round beyond the budget.
  return { labels: (100 * labels) / rows, variation: Number(variation.toFixed(9)) };
}

function floats(values: Float64Array, classes: number): Parameters<typeof targetsOf>[0] {
  return { rows: values.length / classes, classes, values: Float32Array.from(values) };
}

function distributionsOf(targets: ReturnType<typeof targetsOf>, rows: number, classes: number): Float64Array {
  if (targets.kind === "probabilities") return Float64Array.from(targets.values);
  const out = new Float64Array(rows * classes);
  if (targets.kind === "labels")
    for (let i = 0; i < rows; i++) out[i * classes + (targets.labels[i] ?? 0)] = 1;
  return out;
}
