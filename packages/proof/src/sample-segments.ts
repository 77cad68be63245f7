import { MAX_EXACT_ENTRIES } from "./statistic.js";
import type { WeightSegment } from "./weight-segments.js";

/** A registered tensor, as far as a sample depends on it. */
export interface PlannedSize {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
}

/** Weights of one block of a sample: long enough to be read at once, short enough to spread many. */
const BLOCK = 4096;

/**
 * Which weights of a plan are measured: all of them up to `most`, otherwise blocks at equal distances along the
 * tensors laid end to end. The choice depends on the registered plan alone.
 *
 * @returns in plan order, without overlap, at most `most` weights together
 */
export function sampleSegments(
  plan: readonly PlannedSize[],
  most: number = MAX_EXACT_ENTRIES,
): WeightSegment[] {
  let total = 0;
  for (const { rows, columns } of plan) total += rows * columns;
  if (total <= most)
    return plan.map(({ label, rows, columns }) => ({ label, start: 0, count: rows * columns }));
  const blocks = Math.floor(most / BLOCK);
  const segments: WeightSegment[] = [];
  let block = 0;
  let begin = 0;
  for (const { label, rows, columns } of plan) {
    const end = begin + rows * columns;
    // A block that crosses into the next tensor is cut in two; its remainder starts there.
    for (; block < blocks; block++) {
      const from = Math.floor(((total - BLOCK) * block) / Math.max(1, blocks - 1));
      if (from >= end) break;
      const start = Math.max(from, begin);
      const count = Math.min(from + BLOCK, end) - start;
      if (count > 0) segments.push({ label, start: start - begin, count });
      if (from + BLOCK > end) break;
    }
    begin = end;
  }
  return segments;
}
