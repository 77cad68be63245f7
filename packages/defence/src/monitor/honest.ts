import type { RandomNumbers } from "@indicia/data/random-numbers";
import type { Sketches } from "./sketch.js";

/** How busy honest accounts are taken to be, in queries an hour: each has a rate of its own between these. */
export interface HonestRates {
  readonly slowest: number;
  readonly busiest: number;
}

/** An honest account's queries one after another: rows of the sketches, and times in milliseconds. */
export type HonestQueries = () => { readonly row: number; readonly time: number };

const HOUR = 3_600_000;

/** Rows of one source, such as a client or a package of files, by source; or null where every row is a source of its own. */
export type Sources = readonly (readonly number[])[] | null;

/**
 * A random half of the sources' rows. Its mean strays from that of all rows as far as that of all rows strays from what they
 * were drawn from, so accounts on halves vary as accounts on sources that nobody has seen (the half-sample bootstrap:
 * B. Efron, "The Jackknife, the Bootstrap and Other Resampling Plans", 1982, section 8).
 */
export function halfOf(rows: number, sources: Sources, numbers: RandomNumbers): Uint32Array {
  const order = shuffled(sources?.length ?? rows, numbers);
  if (sources === null) return order.subarray(0, rows >> 1);
  const half: number[] = [];
  const all = sources.reduce((sum, own) => sum + own.length, 0);
  for (const source of order) {
    if (2 * half.length >= all) break;
    half.push(...(sources[source] ?? []));
  }
  return Uint32Array.from(half);
}

/** 0 .. count - 1 in random order. */
export function shuffled(count: number, numbers: RandomNumbers): Uint32Array {
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count - 1; i++) {
    const other = i + numbers.below(count - i);
    const row = all[i] ?? 0;
    all[i] = all[other] ?? 0;
    all[other] = row;
  }
  return all;
}

/**
 * An honest account: independent draws, with replacement, from some rows; half of all accounts have a liking of their own
 * for every class, exponentially distributed about 1; exponential gaps between queries.
 */
export function honestAccount(
  sketches: Pick<Sketches, "classes">,
  rows: Uint32Array,
  rates: HonestRates | null,
  numbers: RandomNumbers,
): HonestQueries {
  const draw =
    numbers.uniform() < 0.5 ? () => rows[numbers.below(rows.length)] ?? 0 : likings(sketches, rows, numbers);
  const within = numbers.uniform();
  // Where nobody said how busy they are, no score asks for the time.
  const rate = rates === null ? HOUR : rates.slowest * (rates.busiest / rates.slowest) ** within;
  let time = 0;
  return () => {
    time -= (HOUR / rate) * Math.log(1 - numbers.uniform());
    return { row: draw(), time };
  };
}

function likings(
  sketches: Pick<Sketches, "classes">,
  rows: Uint32Array,
  numbers: RandomNumbers,
): () => number {
  const liking = new Map<number, number>();
  let total = 0;
  const upTo = Float64Array.from(rows, (row) => {
    const label = sketches.classes[row] ?? 0;
    const own = liking.get(label) ?? -Math.log(1 - numbers.uniform());
    liking.set(label, own);
    total += own;
    return total;
  });
  return () => {
    const wanted = numbers.uniform() * total;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return rows[low] ?? 0;
  };
}
