import { randomNumbers } from "@indicia/data/random-numbers";
import { elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { Baseline, BaselineKey, Check, Owner, Pool } from "./baseline.js";
import { checkedAnswers, labelsOf } from "./labels.js";
import { lnRank, RANDOM_KEYS } from "./rank.js";

export interface FingerprintOptions {
  /** How far beyond the boundary the points lie: difference of the two logits, the paper's k. */
  readonly margin?: number;
  readonly randomKeys?: number;
}

/** Pairs searched for each point wanted: between some the model passes through a third class. */
const PAIRS_PER_POINT = 3;
const BISECTIONS = 16;
const LEAST_PROBABILITY = 1e-12;

/** A point between two rows, and the labels on either side. */
interface Point {
  readonly row: Float64Array;
  readonly label: number;
  readonly other: number;
}

/**
 * A fingerprint of the boundary, as IPGuard takes it: points to which the model gives one label just before another
 * (Z_j at least Z_i + k, both above all others), and the share of them that a suspect labels alike. The
 * paper descends from an input along the gradient of that condition; here the way from one input to another
 * is bisected, which fulfils the same condition and needs no gradient.
 *
 * Nothing in it is keyed but the choice of points, so its p, the rank among random choices between the two labels of
 * every point, takes innocents that see the same boundary for thieves: what that costs is to be measured.
 */
export function marginFingerprint(options: FingerprintOptions = {}): Baseline {
  return {
    name: "margin fingerprint",
    paper:
      "Cao, Jia, Gong: IPGuard: Protecting Intellectual Property of Deep Neural Networks via Fingerprinting the Classification Boundary, AsiaCCS 2021",
    changes: "nothing",
    keyed: false,
    protect: async (owner, key) => ({
      model: owner.model,
      answer: owner.ask,
      check: (pool) => check(owner, key, pool, options),
    }),
  };
}

async function check(
  owner: Owner,
  key: BaselineKey,
  { most }: Pool,
  { margin = 1, randomKeys = RANDOM_KEYS }: FingerprintOptions,
): Promise<Check> {
  const points = (await boundaryPoints(owner, key, most * PAIRS_PER_POINT, margin)).slice(0, most);
  const { inputs } = owner.calibration;
  return {
    inputs: rowsLike(
      inputs,
      points.map(({ row }) => row),
    ),
    judge: async (answers) => {
      checkedAnswers(answers, points.length, owner.classes);
      const said = labelsOf(answers);
      const share = (claimed: (point: Point) => number): number =>
        points.filter((point, i) => said[i] === claimed(point)).length / Math.max(points.length, 1);
      const score = share(({ label }) => label);
      const { below } = randomNumbers(`fingerprint/${key}/random`);
      const others = Float64Array.from({ length: randomKeys }, () =>
        share(({ label, other }) => (below(2) === 0 ? label : other)),
      );
      return { score, lnP: lnRank(score, others), how: "rank", queries: points.length };
    },
  };
}

/** Points of pairs drawn by the key, where the wanted margin is reached on the way. */
async function boundaryPoints(
  owner: Owner,
  key: BaselineKey,
  count: number,
  margin: number,
): Promise<Point[]> {
  const { inputs } = owner.calibration;
  const said = labelsOf(await owner.ask(inputs));
  const { below } = randomNumbers(`fingerprint/${key}/pairs`);
  const rows = toFloat64(inputs);
  const width = elementCount(inputs.dims.slice(1));
  const rowAt = (row: number): Float64Array => rows.subarray(row * width, (row + 1) * width);
  const pairs = Array.from({ length: count }, () => [below(said.length), below(said.length)] as const)
    .filter(([from, to]) => said[from] !== said[to])
    .map(([from, to]) => ({
      from: rowAt(from),
      to: rowAt(to),
      other: said[from] ?? 0,
      label: said[to] ?? 0,
    }));
  const found = await bisected(owner, pairs, margin);
  return found.flatMap((row, i) => {
    const pair = pairs[i];
    return row === null || pair === undefined ? [] : [{ row, label: pair.label, other: pair.other }];
  });
}

interface Pair {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly label: number;
  readonly other: number;
}

/** For each pair the first point at which `label` leads `other` by the margin, null where a third class is above. */
async function bisected(
  owner: Owner,
  pairs: readonly Pair[],
  margin: number,
): Promise<(Float64Array | null)[]> {
  const ways = pairs.map(() => ({ low: 0, high: 1 }));
  const at = (i: number, share: number): Float64Array =>
    (pairs[i]?.from ?? new Float64Array(0)).map(
      (value, j) => value + share * ((pairs[i]?.to[j] ?? 0) - value),
    );
  const leads = async (share: (i: number) => number): Promise<Lead[]> => {
    const rows = pairs.map((_, i) => at(i, share(i)));
    const answers = toFloat64(await owner.ask(rowsLike(owner.calibration.inputs, rows)));
    return pairs.map((pair, i) => leadOf(answers.subarray(i * owner.classes, (i + 1) * owner.classes), pair));
  };
  for (let step = 0; step < BISECTIONS; step++) {
    const now = await leads((i) => middle(ways[i]));
    for (const [i, way] of ways.entries()) {
      if ((now[i]?.lead ?? 0) >= margin) way.high = middle(way);
      else way.low = middle(way);
    }
  }
  const last = await leads((i) => ways[i]?.high ?? 1);
  return last.map(({ lead, between }, i) => (lead >= margin && between ? at(i, ways[i]?.high ?? 1) : null));
}

interface Lead {
  /** ln p(label) - ln p(other), the difference of their logits. */
  readonly lead: number;
  /** Whether every other class is below both. */
  readonly between: boolean;
}

function leadOf(answer: Float64Array, { label, other }: Pair): Lead {
  const [p, q] = [answer[label] ?? 0, answer[other] ?? 0].map((value) => Math.max(value, LEAST_PROBABILITY));
  return {
    lead: Math.log(p ?? 1) - Math.log(q ?? 1),
    between: answer.every((value, c) => c === label || c === other || value <= (q ?? 0)),
  };
}

function middle(way: { readonly low: number; readonly high: number } | undefined): number {
  return way === undefined ? 0 : (way.low + way.high) / 2;
}

function rowsLike(like: Tensor, rows: readonly Float64Array[]): Tensor {
  const width = elementCount(like.dims.slice(1));
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(row, i * width);
  return { type: "float32", dims: [rows.length, ...like.dims.slice(1)], data };
}
