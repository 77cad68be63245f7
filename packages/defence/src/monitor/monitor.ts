import { LOOK_EVERY, type AccountState, newAccount, observeRow } from "./account.js";
import {
  type Calibration,
  accountScore,
  honestShare,
  pooledScore,
  type Reason,
  suspicionOf,
  unitsAt,
} from "./calibration.js";
import { joinPool, leavePool, noPools, type Pools, restorePool } from "./pools.js";
import type { Sketches } from "./sketch.js";

/** Accounts watched at a time, about 25 kB each; the one that was silent longest makes room. */
const MOST_ACCOUNTS = 4096;
/** Flags kept, some 200 bytes each, whether or not their accounts are still watched. */
const MOST_FLAGS = 65_536;
/** Latest queries of an account by which a repetition is known. */
const REMEMBERED = 256;

/** Why and when an account was flagged. */
export interface Flag {
  readonly account: string;
  /** Milliseconds. */
  readonly time: number;
  /** Queries of the period when it happened. */
  readonly seen: number;
  readonly reason: Reason;
  /** In units of the threshold. */
  readonly score: number;
  /** Accounts together with which it was noticed, or null where its own queries did. */
  readonly pool: readonly string[] | null;
}

/** How an account stands. */
export interface Standing {
  readonly account: string;
  /** Different queries in this period. */
  readonly seen: number;
  /** Largest score so far, in units of the threshold. */
  readonly score: number;
  /** Share of honest accounts that come as far in a period: the conformal p-value. */
  readonly honestShare: number;
  /** 0 for what is usual, 1 where flagged. */
  readonly suspicion: number;
  readonly flag: Flag | null;
}

/** A query as the monitor takes it. */
export interface SeenQuery {
  readonly account: string;
  readonly sketches: Sketches;
  readonly row: number;
  /** Milliseconds. */
  readonly time: number;
  /** Fingerprint, by which a repetition is told; null where every query counts. */
  readonly query: string | null;
}

export interface Monitor {
  /** @returns accounts that were flagged by this query: its own, and those that behave alike */
  observe(query: SeenQuery): readonly Flag[];
  /** How an account stands; one that was never seen stands well. */
  standing(account: string): Standing;
  /** All that are watched or flagged. */
  standings(): Standing[];
  /** Forgive an account: it begins anew. */
  forgive(account: string): void;
  /** All that is known now, to go on from; what it holds of accounts goes on changing. */
  state(): MonitorState;
}

/** What a monitor knows of an account that it watches. */
export interface WatchedAccount {
  state: AccountState;
  largest: number;
  /** Fingerprints of its latest queries. */
  readonly remembered: string[];
}
type Watched = WatchedAccount;

/** What a monitor knows. */
export interface MonitorState {
  /** By account, the one that was silent longest first. */
  readonly watched: ReadonlyMap<string, WatchedAccount>;
  readonly flags: readonly Flag[];
  /** Accounts that behave alike. */
  readonly pools: readonly (readonly string[])[];
}

/**
 * Watches accounts, each and together, in memory of a fixed size.
 *
 * @param before what a monitor of the same calibration knew, to go on from; it is taken over
 */
export function createMonitor(calibration: Calibration, before: MonitorState | null = null): Monitor {
  const watched = new Map<string, Watched>(before?.watched);
  const flags = new Map<string, Flag>(before?.flags.map((flag) => [flag.account, flag]));
  const pools = noPools();
  for (const ids of before?.pools ?? []) restorePool(pools, membersOf(ids, watched));
  const watch = (id: string): Watched => {
    const known = watched.get(id);
    // Taken out and put back: a map keeps the order of insertion, so the first is the one silent longest.
    if (known !== undefined) watched.delete(id);
    const own = known ?? {
      state: newAccount(calibration.window.dimensions),
      largest: Number.NEGATIVE_INFINITY,
      remembered: [],
    };
    watched.set(id, own);
    if (watched.size > MOST_ACCOUNTS) forget(watched, pools);
    return own;
  };
  const raise = (flag: Flag): Flag[] => {
    if (flags.has(flag.account)) return [];
    const [first] = flags.keys();
    if (flags.size >= MOST_FLAGS && first !== undefined) flags.delete(first);
    flags.set(flag.account, flag);
    return [flag];
  };
  const standing = (id: string): Standing => {
    const own = watched.get(id);
    const flag = flags.get(id) ?? null;
    const largest = own?.largest ?? Number.NEGATIVE_INFINITY;
    return {
      account: id,
      seen: own?.state.seen ?? 0,
      score: Number.isFinite(largest) ? largest / calibration.threshold : 0,
      honestShare: honestShare(calibration.largest, largest),
      suspicion: flag === null ? suspicionOf(calibration, largest) : 1,
      flag,
    };
  };
  return {
    observe({ account, sketches, row, time, query }) {
      const own = watch(account);
      // Asking the same again tells nothing new, however often: a retry or a health check is no volume.
      if (query !== null && isRepetition(own, query)) return [];
      const scores = observeRow(own.state, sketches, row, time);
      if (scores === null) return [];
      const { seen } = own.state;
      const { score, reason } = accountScore(
        scores,
        unitsAt(calibration.looks, seen / LOOK_EVERY),
        calibration.together,
      );
      own.largest = Math.max(own.largest, score);
      const raised =
        score > calibration.threshold
          ? raise({ account, time, seen, reason, score: score / calibration.threshold, pool: null })
          : [];
      const together = flagsOfPool(calibration, pools, { account, own, time }).flatMap(raise);
      if (seen >= calibration.horizon) {
        leavePool(pools, account);
        own.state = newAccount(calibration.window.dimensions);
        own.largest = Number.NEGATIVE_INFINITY;
      }
      return [...raised, ...together];
    },
    standing,
    standings: () => [...new Set([...flags.keys(), ...watched.keys()])].map(standing),
    forgive(account) {
      flags.delete(account);
      watched.delete(account);
      leavePool(pools, account);
    },
    state: () => ({
      watched,
      flags: [...flags.values()],
      pools: [...pools.all].map(({ members }) => [...members.keys()]),
    }),
  };
}

function membersOf(
  ids: readonly string[],
  watched: ReadonlyMap<string, Watched>,
): ReadonlyMap<string, AccountState> {
  return new Map(
    ids.flatMap((id): [string, AccountState][] => {
      const own = watched.get(id);
      return own === undefined ? [] : [[id, own.state]];
    }),
  );
}

/** What an account brings to light together with those like it. */
function flagsOfPool(
  { pooled: { units, together, threshold } }: Calibration,
  pools: Pools,
  { account, own, time }: { readonly account: string; readonly own: Watched; readonly time: number },
): Flag[] {
  const pool = joinPool(pools, account, own.state);
  if (pool === null) return [];
  const { score, reason } = pooledScore(pool.scores, units, together);
  if (score <= threshold) return [];
  const { members } = pool;
  return members.map((member) => ({
    account: member,
    time,
    seen: own.state.seen,
    reason,
    score: score / threshold,
    pool: members,
  }));
}

function isRepetition({ remembered }: Watched, query: string): boolean {
  if (remembered.includes(query)) return true;
  remembered.push(query);
  if (remembered.length > REMEMBERED) remembered.shift();
  return false;
}

function forget(watched: Map<string, Watched>, pools: Pools): void {
  const [oldest] = watched.keys();
  if (oldest === undefined) return;
  watched.delete(oldest);
  leavePool(pools, oldest);
}
