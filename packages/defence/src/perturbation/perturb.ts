import { DefenceError } from "../error.js";
import { keyedNoise } from "./keyed-noise.js";
import { marksOnTop } from "./marks-on-top.js";
import { reverseSigmoid } from "./reverse-sigmoid.js";
import { type Strengths, strengthsInMemory } from "./strengths.js";
import { type Surrogate, untrainedSurrogate } from "./surrogate.js";
import { between, furthest } from "./towards.js";
import { widestAngle } from "./widest-angle.js";

export const PERTURBATIONS = ["reverse-sigmoid", "keyed-noise", "widest-angle"] as const;
export type PerturbationKind = (typeof PERTURBATIONS)[number];

/**
 * Total variation that answers to accounts without suspicion may differ by, unless told otherwise: with what a little
 * suspicion adds now and then, honest accounts stay below 0.05 on average.
 */
export const DEFAULT_BUDGET = 0.02;
/** The same of an account that was flagged: it keeps its labels, and little else. */
export const DEFAULT_MOST = 0.5;
/** Steps in which the budget grows with suspicion. */
const STEPS = 4;

export interface PerturbationOptions {
  readonly kind: PerturbationKind;
  readonly classes: number;
  /** 32 bytes that nobody else has. */
  readonly key: Uint8Array;
  /** Total variation from an account without suspicion on, and for one that was flagged. */
  readonly budget?: number;
  readonly most?: number;
  /**
   * The same for queries that lie outside of what honest clients ask, whoever asks them; default no more than for others.
   * Few honest queries do, so that honest accounts bear little of it on average, and a thief who asks what they do not ask
   * bears all of it, from his first query on.
   */
  readonly unusual?: number;
  /** How strongly queries were answered before; default those of this process. */
  readonly strengths?: Strengths;
}

/** Who asks what, and how suspicious he is, 0 to 1. */
export interface PerturbedQuery {
  readonly account: string;
  /** Fingerprint of the inputs. */
  readonly query: string;
  readonly suspicion: number;
  /** Whether the query lies outside of what honest clients ask; default not. */
  readonly unusual?: boolean;
  /** The answer before it was marked, where it was: what is perturbed, with the marks on top. */
  readonly unmarked?: Float64Array;
}

/** Changes one distribution; the largest class stays the largest, and the change within the budget. */
export type Perturber = (probabilities: Float64Array, asked: PerturbedQuery) => Float64Array;

/**
 * A perturbation whose strength grows with suspicion. The same account and query get the same answer, also when the
 * account has become more suspicious since: two answers of two strengths would lie on a line that leads back to the
 * honest one. So far as `strengths` remembers, that is.
 *
 * @throws DefenceError OPTIONS_INVALID
 */
export function perturber(options: PerturbationOptions): Perturber {
  const { kind, classes, key, budget = DEFAULT_BUDGET, most = Math.max(budget, DEFAULT_MOST) } = options;
  const { unusual = budget, strengths = strengthsInMemory() } = options;
  if (!(budget >= 0 && budget <= most && most <= 1 && unusual >= budget && unusual <= 1))
    throw new DefenceError(
      "OPTIONS_INVALID",
      `a budget of ${budget} to ${most}, ${unusual} for unusual queries`,
      "Give total variations from 0 to 1, the first not above the others.",
    );
  const change = changeOf(kind, key, classes);
  const budgetOf = ({ account, query, suspicion, unusual: outside = false }: PerturbedQuery): number => {
    const name = `${query} ${account}`;
    const known = strengths.get(name);
    if (known !== undefined) return known;
    const own = Math.max(budgetAt(suspicion, budget, most), outside ? unusual : 0);
    strengths.set(name, own);
    return own;
  };
  return (probabilities, asked) => {
    const allowed = budgetOf(asked);
    if (allowed === 0) return probabilities;
    const { unmarked } = asked;
    if (unmarked === undefined) return change(probabilities, allowed, asked);
    const perturbed = change(unmarked, allowed, asked);
    return marksOnTop(probabilities, { unmarked, perturbed }, allowed);
  };
}

/** The budget of total variation at a suspicion: from the one to the other in a few steps. */
export function budgetAt(suspicion: number, budget: number, most: number): number {
  const step = Math.floor(Math.max(0, Math.min(1, suspicion)) * STEPS) / STEPS;
  return budget + (most - budget) * step;
}

type Change = (probabilities: Float64Array, budget: number, asked: PerturbedQuery) => Float64Array;

function changeOf(kind: PerturbationKind, key: Uint8Array, classes: number): Change {
  switch (kind) {
    case "reverse-sigmoid":
      return (answer, budget) => towards(answer, reverseSigmoid(answer), budget);
    case "keyed-noise":
      return (answer, budget, { account, query }) =>
        towards(answer, keyedNoise(answer, key, JSON.stringify([account, query])), budget);
    case "widest-angle": {
      const surrogate: Surrogate = untrainedSurrogate(classes, Buffer.from(key).toString("hex"));
      return (answer, budget) => widestAngle(answer, surrogate, budget);
    }
  }
}

function towards(answer: Float64Array, target: Float64Array, budget: number): Float64Array {
  return between(answer, target, furthest(answer, target, budget));
}
