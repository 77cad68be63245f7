/** The first look is taken at this many probes; below it the read-out statistic has almost no power. */
const FIRST_LOOK = 64;

/** Looks that an observation can have at most. Their sizes double, so that no budget comes near it. */
export const MOST_LOOKS = 64;

/**
 * Sample sizes at which the key may be tried: 64, 128, 256, ... and the whole budget last.
 *
 * @param budget probes that may be asked, at least 1
 * @returns increasing sizes; the j-th look (from 1) pays ln(j (j+1)), see `sequential`
 */
export function lookSizes(budget: number): number[] {
  const sizes: number[] = [];
  for (let n = FIRST_LOOK; n < budget; n *= 2) sizes.push(n);
  if (budget >= 1) sizes.push(budget);
  return sizes;
}
