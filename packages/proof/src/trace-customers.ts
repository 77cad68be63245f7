import { type Correction, corrected, correction, sequential } from "./correction.js";
import { type Evaluator, readoutEvaluator } from "./evaluate.js";
import type { Keystream } from "./keystream.js";
import { lookPrice } from "./looks.js";
import { openChoices } from "./open-choices.js";
import { lnRademacherTail } from "./tail.js";
import type { HeldLook, HeldResidual } from "./weigh.js";

/** A customer whose carrier is held against what was observed. */
export interface TracedKey {
  readonly id: string;
  /** Seed of all carriers of the customer: `carrierSeed` of `customerKey`. */
  readonly seed: Uint8Array;
}

/** What a trace pays for beside the look and its losses. */
export interface TracePrice {
  /** Entries of the customer register: all of them, whether tested or not. */
  readonly customers: number;
  /** Statistics tried at one look, other marks of the same customer included. */
  readonly statistics: number;
  /** Position of the observation among those counted under the registration, from 1. */
  readonly observation: number;
}

/** The strongest statistic of one customer. */
export interface TracedCustomer {
  readonly id: string;
  readonly residual: string;
  readonly statistic: string;
  readonly T: number;
  /** ln p of an ideal carrier, before and after corrections. */
  readonly lnIdeal: number;
  readonly lnP: number;
  readonly corrections: readonly Correction[];
  readonly look: number;
  readonly probes: number;
}

/** Residuals of a look that a customer's carrier can be in. */
export function traceable(look: Pick<HeldLook, "residuals">): HeldResidual[] {
  return look.residuals.filter(({ carrier }) => carrier.scheme === "readout/1");
}

/**
 * Hold every customer's carrier against every residual of every look.
 *
 * Carriers of different customers are independent of one another. So for an account whose answers nobody used, V is a
 * fair coin for each coordinate of R even where R is full of other accounts' carriers, and the bound on T holds; what
 * was tried is paid for by ln(customers). Several accounts can therefore be named at once.
 *
 * @returns one entry per key, strongest first; none where no residual can carry a customer's mark
 */
export function traceCustomers(
  looks: readonly HeldLook[],
  keys: readonly TracedKey[],
  price: TracePrice & { readonly keystream: Keystream },
): TracedCustomer[] {
  const held = looks.map((look) => heldLook(look, price));
  const traced = keys.flatMap(({ id, seed }) => strongest(held, seed).map((best) => ({ id, ...best })));
  return traced.sort((a, b) => a.lnP - b.lnP || b.T - a.T);
}

interface Held {
  readonly look: HeldLook;
  readonly residuals: readonly HeldResidual[];
  readonly corrections: readonly Correction[];
  readonly evaluate: Evaluator;
}

function heldLook(look: HeldLook, price: TracePrice & { readonly keystream: Keystream }): Held {
  const residuals = traceable(look);
  const corrections = [
    correction("statistics tried", Math.max(1, price.statistics)),
    lookPrice(look),
    sequential("observations under this registration", price.observation),
    correction("customers in the register", Math.max(1, price.customers)),
    ...openChoices(look),
  ];
  const [first] = residuals;
  if (first === undefined || first.carrier.scheme !== "readout/1")
    return { look, residuals: [], corrections, evaluate: () => new Float64Array(0) };
  const values = residuals.map((residual) => residual.values);
  return { look, residuals, corrections, evaluate: readoutEvaluator(first.carrier, values, price.keystream) };
}

function strongest(held: readonly Held[], seed: Uint8Array): Omit<TracedCustomer, "id">[] {
  let best: Omit<TracedCustomer, "id"> | null = null;
  for (const { look, residuals, corrections, evaluate } of held) {
    const values = evaluate(seed);
    for (const [i, { id, formed }] of residuals.entries()) {
      const T = values[i] ?? 0;
      const lnIdeal = lnRademacherTail(T);
      const lnP = corrected(lnIdeal, corrections);
      // Where nothing is left after corrections, the larger T still ranks first.
      if (best !== null && (lnP > best.lnP || (lnP === best.lnP && T <= best.T))) continue;
      const statistic = formed === null ? "read-out weights" : `${formed.residual}, ${formed.shaping}`;
      best = {
        residual: id,
        statistic,
        T,
        lnIdeal,
        lnP,
        corrections,
        look: look.position,
        probes: look.probes,
      };
    }
  }
  return best === null ? [] : [best];
}
