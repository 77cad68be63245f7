import type { Flag, Standing } from "@indicia/defence/monitor/monitor";
import type { LimitRule } from "../limits/rules.js";
import { type Newest, newest } from "./newest.js";

/** Accounts remembered at a time, as many as the monitor watches; who was silent longest makes room. */
const MOST_ACCOUNTS = 4096;
/** Changes of suspicion kept of one account: it rises by at most a hundred steps in a period, so two periods or more. */
export const HISTORY_POINTS = 256;
/** Suspicion, 0 to 1, has to change by this much to be worth a point: a pixel or two of a plot. */
const HISTORY_STEP = 0.01;
/** Alerts kept, and refusals by limits: as many as somebody scrolls through. */
export const MOST_EVENTS = 1000;

/** A request of an account that was answered or refused. */
export interface ServedRequest {
  readonly account: string;
  /** Rows that were answered; 0 where it was refused. */
  readonly rows: number;
  readonly refused: boolean;
}

/** A flag of the monitor of one model. */
export interface SeenAlert extends Flag {
  readonly model: string;
}

/** A request that a limit turned away. */
export interface LimitHit {
  /** Milliseconds. */
  readonly time: number;
  readonly account: string;
  readonly model: string;
  readonly limit: LimitRule;
  /** Seconds, or null where there will never be room. */
  readonly retryAfter: number | null;
}

/** Told by defences what they learn of accounts. It never waits and never throws: no answer depends on it. */
export interface Observations {
  served(request: ServedRequest): void;
  /** How an account stands with the monitor of a model by now. */
  stands(model: string, standing: Standing): void;
  alerted(alert: SeenAlert): void;
  limited(hit: Omit<LimitHit, "time">): void;
}

/** Suspicion from a moment on, in milliseconds, until the next point. */
export interface SuspicionPoint {
  readonly time: number;
  readonly suspicion: number;
}

/** What is known of an account. */
export interface ObservedAccount {
  readonly account: string;
  readonly requests: number;
  readonly rows: number;
  readonly refused: number;
  /** When it last asked for something, in milliseconds; 0 where that is not known. */
  readonly lastSeen: number;
  /** By model. */
  readonly standings: ReadonlyMap<string, Standing>;
}

/** For whoever shows what was observed. */
export interface Observed {
  /** When this instance began to observe, in milliseconds. */
  readonly since: number;
  accounts(): readonly ObservedAccount[];
  /** Suspicion over time, the largest over all models. */
  history(account: string): readonly SuspicionPoint[];
  /** Oldest first. */
  alerts(): readonly SeenAlert[];
  limitHits(): readonly LimitHit[];
}

interface Kept extends ObservedAccount {
  requests: number;
  rows: number;
  refused: number;
  lastSeen: number;
  readonly standings: Map<string, Standing>;
  readonly history: Newest<SuspicionPoint>;
}

/** Observations of one instance, in memory of a bounded size. @param mostAccounts fewer for tests */
export function createObservations(
  clock: () => Date,
  mostAccounts: number = MOST_ACCOUNTS,
): Observations & Observed {
  const accounts = new Map<string, Kept>();
  const alerts = newest<SeenAlert>(MOST_EVENTS);
  const hits = newest<LimitHit>(MOST_EVENTS);
  const now = (): number => clock().getTime();
  const keep = (account: string): Kept => {
    const known = accounts.get(account) ?? unknownAccount(account);
    // Taken out and put back: the first of a map is the one silent longest.
    accounts.delete(account);
    accounts.set(account, known);
    const [oldest] = accounts.keys();
    if (accounts.size > mostAccounts && oldest !== undefined) accounts.delete(oldest);
    return known;
  };
  return {
    since: now(),
    served({ account, rows, refused }) {
      const kept = keep(account);
      kept.lastSeen = now();
      kept.requests += 1;
      kept.rows += rows;
      if (refused) kept.refused += 1;
    },
    stands(model, standing) {
      const kept = keep(standing.account);
      // Who is flagged together with others need not have asked just now.
      if (standing.seen !== kept.standings.get(model)?.seen) kept.lastSeen = now();
      kept.standings.set(model, standing);
      const suspicion = Math.max(...[...kept.standings.values()].map((each) => each.suspicion));
      const before = kept.history.latest()?.suspicion ?? 0;
      const change = Math.abs(suspicion - before);
      if (change >= HISTORY_STEP || (change > 0 && suspicion === 1))
        kept.history.add({ time: now(), suspicion });
    },
    alerted: (alert) => alerts.add(alert),
    limited: (hit) => hits.add({ time: now(), ...hit }),
    accounts: () => [...accounts.values()],
    history: (account) => accounts.get(account)?.history.items() ?? [],
    alerts: () => alerts.items(),
    limitHits: () => hits.items(),
  };
}

function unknownAccount(account: string): Kept {
  return {
    account,
    requests: 0,
    rows: 0,
    refused: 0,
    lastSeen: 0,
    standings: new Map(),
    history: newest(HISTORY_POINTS),
  };
}
