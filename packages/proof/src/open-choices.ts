import { type ClassOrder, classOrderCorrection } from "./class-order.js";
import { type Correction, lnCorrection, lostProbes, sequential } from "./correction.js";
import { MOST_LOOKS } from "./looks.js";

/** What a look leaves open to whoever records the answers. */
export interface OpenChoices {
  readonly probes: number;
  readonly lost: number;
  /**
   * Rules by which it is paid for. Observations of before say 1: there the choice among subsets of as many lost probes is
   * paid for, and how many are lost is not.
   */
  readonly pricing: 1 | 2;
  /** Where whoever asked said which class each answer means. */
  readonly classOrder?: ClassOrder | undefined;
}

/** What a look pays for what it leaves open. */
export function openChoices({ probes, lost, pricing, classOrder }: OpenChoices): Correction[] {
  return [
    ...(lost > 0 ? [lostProbes(probes, lost)] : []),
    ...(lost > 0 && pricing > 1 ? [lostCount(lost)] : []),
    ...(classOrder === undefined ? [] : [classOrderCorrection(classOrder)]),
  ];
}

/**
 * What the number of unanswered probes pays, where there are any. The looks of an observation spend 1 - 1/(2 J) of the level
 * at most, J the most looks that there can be (`lookPrice`); the sum over l >= 1 of 1/(l(l+1)) is 1. So with l lost each
 * pays 2 J l(l+1), and all losses together spend no more than what looks without any leave over.
 *
 * @param lost at least 1
 */
export function lostCount(lost: number): Correction {
  return lnCorrection(
    "how many probes are unanswered",
    sequential("lost", lost).lnFactor + Math.log(2 * MOST_LOOKS),
  );
}
