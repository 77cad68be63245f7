import { type IRateLimiterOptions, type RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import { GatewayError } from "../error.js";
import type { RateCounts, Taken, Window } from "./counts.js";

/**
 * Counts by rate-limiter-flexible, one limiter for each pair of limit and length.
 *
 * @param open makes a limiter; its counters are named by the whole key
 */
export function rateCounts(open: (options: IRateLimiterOptions) => RateLimiterAbstract): RateCounts {
  const limiters = new Map<string, RateLimiterAbstract>();
  const limiterOf = ({ most, seconds }: Window): RateLimiterAbstract => {
    const name = `${most} ${seconds}`;
    const known = limiters.get(name);
    if (known !== undefined) return known;
    const made = open({ points: most, duration: seconds ?? 0, keyPrefix: "" });
    limiters.set(name, made);
    return made;
  };
  return {
    async take(window, points) {
      if (points > window.most) return { allowed: false, retryAfter: null };
      const limiter = limiterOf(window);
      try {
        await limiter.consume(window.counter, points);
        return { allowed: true, retryAfter: null };
      } catch (error) {
        return await refused(error, limiter, window, points);
      }
    },
    async giveBack(window, points) {
      await reached(limiterOf(window).reward(window.counter, points));
    },
    async taken(windows) {
      const found = await reached(
        Promise.all(windows.map((window) => limiterOf(window).get(window.counter))),
      );
      return found.map((each) => Math.max(0, each?.consumedPoints ?? 0));
    },
  };
}

/** The limiter has counted what it refused; whoever is refused loses nothing by having asked. */
async function refused(
  error: unknown,
  limiter: RateLimiterAbstract,
  { counter }: Window,
  points: number,
): Promise<Taken> {
  if (!(error instanceof RateLimiterRes)) throw unreachable(error);
  await reached(limiter.reward(counter, points));
  return { allowed: false, retryAfter: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) };
}

async function reached<T>(waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
  } catch (error) {
    throw unreachable(error);
  }
}

/** The counts are out of reach. */
export function unreachable(cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message : "unknown";
  return new GatewayError(
    "LIMITS_UNREACHABLE",
    `the counts of the limits are out of reach: ${reason}`,
    "Check that the database is up, and that its address and user are right.",
    { cause },
  );
}
