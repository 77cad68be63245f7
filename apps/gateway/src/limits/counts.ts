/** What became of an attempt to take from a limit. */
export interface Taken {
  readonly allowed: boolean;
  /** Seconds until there is room again; null where there never will be. */
  readonly retryAfter: number | null;
}

/** How much may be taken, and of which counter. */
export interface Window {
  /** From `counterOf`. */
  readonly counter: string;
  readonly most: number;
  /** null for ever. */
  readonly seconds: number | null;
}

/** Counts requests and rows in windows, which begin with their first request. */
export interface RateCounts {
  /**
   * Take points, all or none.
   *
   * @param points whole and at least 1
   * @throws GatewayError LIMITS_UNREACHABLE
   */
  take(window: Window, points: number): Promise<Taken>;
  /** Give points back that were taken for a request that another limit refused. */
  giveBack(window: Window, points: number): Promise<void>;
  /**
   * What was taken of windows so far, without taking any.
   *
   * @returns points, in the order of the windows
   * @throws GatewayError LIMITS_UNREACHABLE
   */
  taken(windows: readonly Window[]): Promise<readonly number[]>;
}

/** Remembers which queries were answered, and adds up what the answers told. */
export interface ShownCounts {
  /**
   * Charge every window for those of the queries that it was not charged for before: all windows, or none. Windows begin
   * at whole multiples of their length since 1970.
   *
   * @param queries fingerprints, hex
   * @param bits for each
   * @returns the first window without room, or null where all were charged
   * @throws GatewayError LIMITS_UNREACHABLE
   */
  charge(
    windows: readonly Window[],
    queries: readonly string[],
    bits: number,
    now: Date,
  ): Promise<Spent | null>;
  /**
   * What windows were charged so far, without charging them.
   *
   * @returns bits, in the order of the windows
   * @throws GatewayError LIMITS_UNREACHABLE
   */
  charged(windows: readonly Window[], now: Date): Promise<readonly number[]>;
}

/** A window that has no room for a request. */
export interface Spent {
  readonly window: Window;
  /** Seconds until there is room again; null where there never will be. */
  readonly retryAfter: number | null;
}

/** Where counts are kept. */
export interface LimitCounts {
  readonly rates: RateCounts;
  readonly shown: ShownCounts;
  close(): Promise<void>;
}

/** The window of a time: its number, and how many seconds of it are left. */
export function windowAt(
  seconds: number | null,
  now: Date,
): { readonly index: number; readonly left: number | null } {
  if (seconds === null) return { index: 0, left: null };
  const since = now.getTime() / 1000;
  const index = Math.floor(since / seconds);
  return { index, left: Math.max(1, Math.ceil((index + 1) * seconds - since)) };
}
