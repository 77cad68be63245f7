import { decision } from "@indicia/proof/scores";
import type { Tensor } from "@indicia/onnx/tensor";
import type { RowSpace } from "./blend.js";
import { below, type PublicRandom } from "./prng.js";
import { margin } from "./uncertain.js";

/** Candidates searched per probe wanted; the best are asked. */
const CANDIDATES_PER_PROBE = 1.6;
/** Rounds of single swaps that follow the bisection of whole-number inputs. */
const SWAP_ROUNDS = 3;
/** Swaps tried per round and candidate. */
const SWAPS = 8;
/** A margin this small is lost in the mark's own tilt; refining further is wasted. */
const CLOSE_ENOUGH = 0.004;
/** Rows evaluated together. */
const CHUNK = 256;

/** What the reference says of rows: features are kept so that nothing has to be computed again. */
export interface Evaluated {
  readonly features: Float64Array;
  readonly logits: Float64Array;
}

export interface BoundarySearch {
  readonly space: RowSpace;
  readonly poolRows: number;
  /** Logits of the pool under the reference, row-major [rows, m]. */
  readonly poolLogits: Float64Array;
  readonly features: number;
  readonly classes: number;
  readonly link: "softmax" | "sigmoid";
  readonly random: PublicRandom;
  evaluate(inputs: Record<string, Tensor>, rows: number): Promise<Evaluated>;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A row that stands near the reference's boundary. */
export interface BoundaryProbe {
  readonly row: Float64Array;
  readonly features: Float64Array;
  readonly logits: Float64Array;
  readonly margin: number;
  /** Rows of the pool that it lies between. */
  readonly parents: readonly [number, number];
}

interface Candidate {
  readonly parents: readonly [number, number];
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly label: number;
  low: number;
  high: number;
  best: BoundaryProbe | null;
}

/**
 * Rows on the reference's own decision boundary, found without the key: pairs of pool rows with different labels are
 * bisected between, then, where inputs are whole numbers, single positions are swapped while that narrows the margin.
 *
 * @param count probes wanted
 * @returns at most `count` probes in the order found; fewer where the pool has fewer labels than two
 */
export async function boundaryProbes(search: BoundarySearch, count: number): Promise<BoundaryProbe[]> {
  const candidates = drawPairs(search, Math.ceil(count * CANDIDATES_PER_PROBE));
  const steps = Math.ceil(Math.log2(search.space.steps));
  const total = candidates.length * (steps + (search.space.discrete ? SWAP_ROUNDS * SWAPS : 0));
  let done = 0;
  const advance = (rows: number): void => {
    done += rows;
    search.onProgress?.(Math.min(done, total), total);
  };
  for (let step = 0; step < steps; step++) {
    await bisect(search, candidates.filter(isOpen), advance);
  }
  if (search.space.discrete) {
    for (let round = 0; round < SWAP_ROUNDS; round++) await swap(search, candidates, advance);
  }
  advance(total);
  return candidates.flatMap(({ best }) => (best === null ? [] : [best]));
}

/** Half of the pairs uniform over labels, so that rare ones are reached too; half uniform over rows. */
function drawPairs(search: BoundarySearch, count: number): Candidate[] {
  const { random, poolRows, poolLogits, classes, space } = search;
  const labels = Array.from({ length: poolRows }, (_, row) => decision(poolLogits, row, classes));
  const byLabel = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) byLabel.set(label, [...(byLabel.get(label) ?? []), row]);
  const groups = [...byLabel.values()];
  if (groups.length < 2) return [];
  const pairs: Candidate[] = [];
  while (pairs.length < count) {
    let first = below(random, poolRows);
    let second = below(random, poolRows);
    if (pairs.length % 2 === 0) {
      const x = groups[below(random, groups.length)] ?? [];
      const y = groups[below(random, groups.length)] ?? [];
      first = x[below(random, x.length)] ?? first;
      second = y[below(random, y.length)] ?? second;
    }
    if (labels[first] === labels[second]) continue;
    const [a, b] = [space.row(first), space.row(second)];
    pairs.push({
      parents: [first, second],
      a,
      b,
      label: labels[first] ?? 0,
      low: 0,
      high: space.steps,
      best: null,
    });
  }
  return pairs;
}

function isOpen(candidate: Candidate): boolean {
  return candidate.high - candidate.low > 1 && (candidate.best?.margin ?? 1) > CLOSE_ENOUGH / 4;
}

async function bisect(
  search: BoundarySearch,
  open: Candidate[],
  advance: (rows: number) => void,
): Promise<void> {
  for (let from = 0; from < open.length; from += CHUNK) {
    const group = open.slice(from, from + CHUNK);
    const middles = group.map(({ low, high }) => Math.floor((low + high) / 2));
    const rows = group.map(({ a, b }, i) => search.space.blend(a, b, middles[i] ?? 0));
    const probes = await evaluate(search, rows);
    for (const [i, candidate] of group.entries()) {
      const probe = probes[i];
      if (probe === undefined) continue;
      if (decision(probe.logits, 0, search.classes) === candidate.label) candidate.low = middles[i] ?? 0;
      else candidate.high = middles[i] ?? 0;
      keepBetter(candidate, probe);
    }
    advance(group.length);
  }
}

async function swap(
  search: BoundarySearch,
  candidates: Candidate[],
  advance: (rows: number) => void,
): Promise<void> {
  const open = candidates.filter(({ best }) => best !== null && best.margin > CLOSE_ENOUGH);
  const perChunk = CHUNK / SWAPS;
  for (let from = 0; from < open.length; from += perChunk) {
    const group = open.slice(from, from + perChunk);
    const rows = group.flatMap((candidate) => swapped(candidate, search.random));
    const probes = await evaluate(search, rows);
    for (const [i, candidate] of group.entries()) {
      for (const probe of probes.slice(i * SWAPS, (i + 1) * SWAPS)) keepBetter(candidate, probe);
    }
    advance(rows.length);
  }
}

/** Copies of the best row, each with one position taken from the other of its two parents. */
function swapped({ a, b, best }: Candidate, random: PublicRandom): Float64Array[] {
  const row = best?.row ?? a;
  const differing: number[] = [];
  for (let j = 0; j < a.length; j++) if (a[j] !== b[j]) differing.push(j);
  return Array.from({ length: SWAPS }, () => {
    const copy = Float64Array.from(row);
    const at = differing[below(random, differing.length)] ?? 0;
    copy[at] = (copy[at] === a[at] ? b[at] : a[at]) ?? 0;
    return copy;
  });
}

function keepBetter(candidate: Candidate, probe: Omit<BoundaryProbe, "parents">): void {
  if (candidate.best === null || probe.margin < candidate.best.margin)
    candidate.best = { ...probe, parents: candidate.parents };
}

async function evaluate(
  search: BoundarySearch,
  rows: readonly Float64Array[],
): Promise<Omit<BoundaryProbe, "parents">[]> {
  const { features: d, classes: m } = search;
  const { features, logits } = await search.evaluate(search.space.tensors(rows), rows.length);
  return rows.map((row, i) => ({
    row,
    features: features.slice(i * d, (i + 1) * d),
    logits: logits.slice(i * m, (i + 1) * m),
    margin: margin(logits, i, m, search.link),
  }));
}
