/** A run of consecutive weights of one planned tensor, in the tensor's registered storage order. */
export interface WeightSegment {
  /** The tensor's registered label. */
  readonly label: string;
  /** Linear index of the first weight. */
  readonly start: number;
  readonly count: number;
}

/** Weights of all segments together. */
export function segmentWeights(segments: readonly WeightSegment[]): number {
  let total = 0;
  for (const { count } of segments) total += count;
  return total;
}

/**
 * A carrier entry may enter a statistic once: entries that came twice would no longer be independent, and the
 * bound on T would not hold.
 *
 * @throws RangeError where segments overlap or are malformed
 */
export function checkSegments(segments: readonly WeightSegment[]): void {
  const byLabel = new Map<string, WeightSegment[]>();
  for (const segment of segments) {
    const { label, start, count } = segment;
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(count) || start < 0 || count < 0) {
      throw new RangeError(`segment of "${label}" has start ${start} and count ${count}`);
    }
    const same = byLabel.get(label);
    if (same === undefined) byLabel.set(label, [segment]);
    else same.push(segment);
  }
  for (const [label, same] of byLabel) {
    let end = 0;
    for (const { start, count } of same.sort((a, b) => a.start - b.start)) {
      if (start < end) throw new RangeError(`segments of "${label}" overlap at ${start}`);
      end = start + count;
    }
  }
}
