import { type Correction, correction, lnCorrection, sequential } from "./correction.js";

/** The first look is taken at this many probes; below it the read-out statistic has almost no power. */
const FIRST_LOOK = 64;

/** Looks that an observation can have at most. Their sizes double, so that no budget comes near it. */
export const MOST_LOOKS = 64;

/**
 * Sample sizes at which the key may be tried: 64, 128, 256, ... and the whole budget last.
 *
 * @param budget probes that may be asked, at least 1
 * @returns increasing sizes; what each look pays for the others says `lookPrice`
 */
export function lookSizes(budget: number): number[] {
  const sizes: number[] = [];
  for (let n = FIRST_LOOK; n < budget; n *= 2) sizes.push(n);
  if (budget >= 1) sizes.push(budget);
  return sizes;
}

/** Where a look stands among those that were planned. */
export interface LookPlace {
  /** From 1. */
  readonly position: number;
  /** Whether it takes in all that was planned; null where no end was planned, and of a file, which is looked at once. */
  readonly closing: boolean | null;
}

/**
 * What a look pays for all the others, as a share of the error that was fixed before asking (weighted Bonferroni:
 * C. Genovese, K. Roeder and L. Wasserman, "False discovery control with p-value weighting", Biometrika 93, 2006). The
 * closing look, which sees the most, has one half; the j-th before it 1/(2 j (j+1)), together less than the other half:
 * with J looks all of them have 1 - 1/(2 J). Where no end was planned the j-th has 1/(j (j+1)).
 *
 * @throws RangeError for a position below 1
 */
export function lookPrice({ position, closing }: LookPlace): Correction {
  const open = sequential("look", position);
  if (closing === null) return open;
  if (closing) return correction("look", 2);
  return lnCorrection("look", Math.LN2 + open.lnFactor);
}
