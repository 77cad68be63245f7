/** A 256-bit key cannot support a probability below 2^-256, however large T is: ln(2^-256). */
export const LN_KEY_FLOOR: number = -256 * Math.LN2;

/** Seeds an owner could have ground before registering when no beacon salted them: 2^40 hashes are affordable. */
export const LN_GROUND_SEEDS: number = 40 * Math.LN2;

/**
 * Natural log of the certified one-sided p-value of a self-normalised Rademacher sum.
 *
 * For independent symmetric +-1 signs V and any R that does not depend on V,
 * P(<V,R> / ||R|| >= t) <= exp(-t^2 / 2) for t >= 0 (W. Hoeffding, "Probability inequalities for sums of bounded
 * random variables", JASA 58, 1963, Theorem 2). It holds for every length of R and every R.
 *
 * @param t the statistic T = <V,R> / ||R||; NaN counts as no evidence
 * @returns ln p, at most 0; exactly 0 where T <= 0
 */
export function lnRademacherTail(t: number): number {
  return t > 0 ? -(t * t) / 2 : 0;
}

/** The T at which {@link lnRademacherTail} reaches `lnP` (at most 0). */
export function rademacherQuantile(lnP: number): number {
  return Math.sqrt(-2 * Math.min(lnP, 0));
}

/** ln p after a floor for the key's length; see {@link LN_KEY_FLOOR}. */
export function certify(lnP: number): number {
  return Math.max(lnP, LN_KEY_FLOOR);
}

/** Natural logarithm to base 10; never returns negative zero. */
export function toLog10(lnP: number): number {
  return lnP === 0 ? 0 : lnP / Math.LN10;
}
