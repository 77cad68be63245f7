/** What a suspect has kept of the mark on logged queries. */
export interface KeptMark {
  readonly queries: number;
  /** m. */
  readonly classes: number;
  /** In logits, as it was placed. */
  readonly tilt: number;
  /** Share of the tilt that the suspect reproduces: 1 for a table of the answers, 0 for one who saw none. */
  readonly kept: number;
  /** Standard deviation per class of whatever else tells the suspect from the reference, after centring, in logits. */
  readonly deviation: number;
}

/**
 * T expected of the tilt. A softmax hides one direction per query, so that a signal of kept * tilt in each of m classes
 * leaves (m-1)/m of its square in E: <V,E> = n (m-1) c eps and |E|^2 = n (m-1) (c^2 eps^2) + n m d^2 in the mean.
 */
export function expectedTiltT({ queries: n, classes: m, tilt, kept, deviation: d }: KeptMark): number {
  const signal = kept * tilt;
  const length = Math.sqrt(n * ((m - 1) * signal * signal + m * d * d));
  return length === 0 ? 0 : (n * (m - 1) * signal) / length;
}
