import { addTally, emptyTally, type Tally, type TallyScores, tallyScores } from "./tally.js";
import { EMBEDDED } from "./window.js";

/** Accounts that make a pool. More than so many would only find differences between one honest week and the next. */
const FEWEST_POOLED = 2;
const MOST_POOLED = 16;
/** Pools at a time, so that time and memory are bounded. */
const MOST_POOLS = 1024;
/** Cosine between two accounts' drifts from which on they behave alike. Honest ones drift anywhere. */
const ALIKE = 0.6;

export const POOLED_SCORES = ["drift", "outside", "boundary", "texture"] as const;

/** What pools know of an account: every other query each. */
export interface Halves {
  readonly halves: readonly [Tally, Tally];
}

/** Accounts that drift from honest traffic in the same direction. */
export interface Pool {
  readonly members: Map<string, Halves>;
  /** Unit vector, length EMBEDDED. */
  direction: Float64Array;
}

export interface Pools {
  readonly all: Set<Pool>;
  readonly of: Map<string, Pool>;
}

export function noPools(): Pools {
  return { all: new Set(), of: new Map() };
}

/**
 * Put an account into the pool that it is most alike, by the first half of its queries.
 *
 * @returns what the second halves of the pool say together, and whose they are; null for an account by itself
 */
export function joinPool(
  pools: Pools,
  id: string,
  state: Halves,
): { readonly scores: TallyScores; readonly members: readonly string[] } | null {
  leavePool(pools, id);
  const own = unit(state.halves[0].drift);
  const pool = nearest(pools, own) ?? newPool(pools, own);
  if (pool === null) return null;
  pool.members.set(id, state);
  pools.of.set(id, pool);
  pool.direction = directionOf(pool);
  if (pool.members.size < FEWEST_POOLED) return null;
  const whole = emptyTally();
  for (const { halves } of pool.members.values()) addTally(whole, halves[1]);
  return { scores: tallyScores(whole), members: [...pool.members.keys()] };
}

/** Put accounts together again that were together before. */
export function restorePool(pools: Pools, members: ReadonlyMap<string, Halves>): void {
  if (members.size === 0) return;
  const pool: Pool = { members: new Map(members), direction: new Float64Array(EMBEDDED) };
  pool.direction = directionOf(pool);
  pools.all.add(pool);
  for (const id of members.keys()) pools.of.set(id, pool);
}

export function leavePool(pools: Pools, id: string): void {
  const pool = pools.of.get(id);
  if (pool === undefined) return;
  pools.of.delete(id);
  pool.members.delete(id);
  if (pool.members.size === 0) pools.all.delete(pool);
  else pool.direction = directionOf(pool);
}

function nearest({ all }: Pools, direction: Float64Array): Pool | null {
  let best: Pool | null = null;
  let most = ALIKE;
  for (const pool of all) {
    if (pool.members.size >= MOST_POOLED) continue;
    const cosine = product(pool.direction, direction);
    if (cosine <= most) continue;
    most = cosine;
    best = pool;
  }
  return best;
}

function newPool({ all }: Pools, direction: Float64Array): Pool | null {
  if (all.size >= MOST_POOLS) return null;
  const pool: Pool = { members: new Map(), direction };
  all.add(pool);
  return pool;
}

function directionOf({ members }: Pool): Float64Array {
  const sum: Tally = emptyTally();
  for (const { halves } of members.values()) addTally(sum, halves[0]);
  return unit(sum.drift);
}

function unit(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(product(vector, vector));
  return norm === 0 ? new Float64Array(EMBEDDED) : vector.map((value) => value / norm);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < EMBEDDED; j++) sum += (a[j] ?? 0) * (b[j] ?? 0);
  return sum;
}
