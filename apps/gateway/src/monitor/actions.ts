/** What may be done about an account that was flagged. */
export const MONITOR_ACTIONS = ["log", "alert", "perturb", "throttle", "block"] as const;
export type MonitorAction = (typeof MONITOR_ACTIONS)[number];

/** What is done about accounts that were flagged. */
export interface MonitorPolicy {
  /** "perturb" lets the perturbation know of suspicion, also of what is not yet enough for a flag. */
  readonly actions: readonly MonitorAction[];
  /** Rows a minute that a throttled account is still answered, default 60. */
  readonly throttledRows?: number;
}

/** As many as a person who tries a service out, too few to copy a model by. */
export const DEFAULT_THROTTLED_ROWS = 60;
const MINUTE = 60_000;
/** Throttled accounts whose minute is remembered. */
const MOST_THROTTLED = 65_536;

/** Rows that an account has been answered in its current minute. */
export interface Throttle {
  /** @returns seconds to wait, or null where the rows fit */
  take(account: string, rows: number, time: number): number | null;
}

export function createThrottle(rowsPerMinute: number): Throttle {
  const minutes = new Map<string, { since: number; rows: number }>();
  return {
    take(account, rows, time) {
      const known = minutes.get(account);
      const current = known === undefined || time - known.since >= MINUTE ? { since: time, rows: 0 } : known;
      // One request is answered however many rows it has, and then nothing until they are worked off.
      if (current.rows >= rowsPerMinute)
        return Math.max(1, Math.ceil((current.since + MINUTE - time) / 1000));
      current.rows += rows;
      const [oldest] = minutes.keys();
      if (minutes.size >= MOST_THROTTLED && oldest !== undefined) minutes.delete(oldest);
      minutes.set(account, current);
      return null;
    },
  };
}
