import { type ClassOrder, classOrderCorrection } from "./class-order.js";
import { type Correction, lostCount, lostProbes } from "./correction.js";

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
