/** One multiplicity that a p-value pays for, by a union bound: p is multiplied by `factor`. */
export interface Correction {
  readonly name: string;
  /** At least 1. Factors beyond the range of a double are given as `lnFactor` alone. */
  readonly factor: number | null;
  /** Natural log of the factor, at least 0. */
  readonly lnFactor: number;
}

/**
 * @param factor how many things were tried, at least 1
 * @throws RangeError for a factor below 1
 */
export function correction(name: string, factor: number): Correction {
  if (!(factor >= 1))
    throw new RangeError(`correction "${name}" needs a factor of at least 1, got ${factor}`);
  return { name, factor, lnFactor: Math.log(factor) };
}

/** As {@link correction}, for factors given by their natural log. */
export function lnCorrection(name: string, lnFactor: number): Correction {
  if (!(lnFactor >= 0)) throw new RangeError(`correction "${name}" needs ln factor >= 0, got ${lnFactor}`);
  const factor = Math.exp(lnFactor);
  return {
    name,
    factor: Number.isFinite(factor) && lnFactor < 34 ? Math.round(factor * 1e6) / 1e6 : null,
    lnFactor,
  };
}

/** ln p after all corrections, at most 0. */
export function corrected(lnP: number, corrections: readonly Correction[]): number {
  let total = lnP;
  for (const { lnFactor } of corrections) total += lnFactor;
  return Math.min(total, 0);
}

/**
 * What the j-th member of an open-ended sequence pays. Since sum over j of 1/(j(j+1)) is 1, the smallest corrected
 * p of the whole sequence is still a p-value, however long the sequence grows and wherever it stops.
 *
 * @param j position, from 1
 */
export function sequential(name: string, j: number): Correction {
  if (!Number.isSafeInteger(j) || j < 1)
    throw new RangeError(`position ${j} of "${name}" is not a positive integer`);
  return { name, factor: j * (j + 1), lnFactor: Math.log(j) + Math.log1p(j) };
}

/**
 * What unanswered probes pay. Whoever could lose `lost` of `asked` probes after seeing the answers could choose
 * among C(asked, lost) subsets, so that many are paid for; how many are lost is open as well.
 */
export function lostProbes(asked: number, lost: number): Correction {
  let lnFactor = 0;
  for (let i = 1; i <= Math.min(lost, asked - lost); i++) lnFactor += Math.log(asked - i + 1) - Math.log(i);
  return lnCorrection("unanswered probes", Math.max(lnFactor, 0));
}
