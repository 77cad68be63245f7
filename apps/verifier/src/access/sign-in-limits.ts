import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { OpenDatabase } from "../database/open.js";
import { VerifierError } from "../error.js";
import { countedAddress } from "./client-address.js";

const QUARTER_HOUR = 900;
/**
 * Failures in a quarter of an hour. One name from one address: somebody who looks for his password. One address: an
 * office. One name: from many addresses it is tried by a machine, at a pace that finds no password of 15 characters, and
 * not so few that anybody could lock out whom he likes from his own place.
 */
const FAILURES = { both: 10, address: 50, name: 100 };

/** How often someone may fail to sign in, counted in the database for all processes. */
export interface SignInLimits {
  /** Spend one attempt. @throws VerifierError TOO_MANY_REQUESTS */
  readonly attempt: (name: string, address: string | null) => Promise<void>;
  /** Give it back, since it was a good one. */
  readonly succeeded: (name: string, address: string | null) => Promise<void>;
}

export function createSignInLimits({ pool }: OpenDatabase): SignInLimits {
  const limiter = (keyPrefix: keyof typeof FAILURES): RateLimiterPostgres =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: "pool",
      tableName: "sign_in_limits",
      tableCreated: true,
      keyPrefix,
      points: FAILURES[keyPrefix],
      duration: QUARTER_HOUR,
      clearExpiredByTimeout: false,
    });
  const [both, byAddress, byName] = [limiter("both"), limiter("address"), limiter("name")];
  const counted = (name: string, address: string | null): [RateLimiterPostgres, string][] => {
    const from = address === null ? "unknown" : countedAddress(address);
    // Names of any length and script are counted by their beginning.
    const short = Buffer.from(name.slice(0, 60)).toString("hex").slice(0, 120);
    return [
      [both, `${short} ${from}`],
      [byAddress, from],
      [byName, short],
    ];
  };
  return {
    async attempt(name, address) {
      await pool.query("delete from sign_in_limits where expire < $1", [Date.now()]);
      for (const [each, key] of counted(name, address)) await spend(each, key);
    },
    async succeeded(name, address) {
      for (const [each, key] of counted(name, address)) await each.reward(key, 1);
    },
  };
}

async function spend(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key, 1);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new VerifierError(
      "TOO_MANY_REQUESTS",
      "signing in has failed too often",
      "Wait, or ask an admin for another password.",
      { retryAfter: refused.msBeforeNext / 1000 },
    );
  }
}
