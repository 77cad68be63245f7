import type { BeaconDemand, BeaconRound } from "@indicia/evidence/beacon";
import { verifiedRandomness } from "@indicia/evidence/beacon";
import { MAX_BEACON_BYTES, readDrandRound } from "@indicia/evidence/beacon-json";
import { createGuardedFetch } from "@indicia/suspects/guarded-fetch";
import { OperationError } from "./error.js";

/** Public relays of the League of Entropy; whichever answers, the signature decides. */
const RELAYS = ["https://api.drand.sh", "https://api2.drand.sh", "https://drand.cloudflare.com"] as const;
const TIMEOUT_MS = 20_000;

/** Where rounds are fetched; the public relays unless told. */
export interface Relays {
  readonly urls: readonly string[];
  readonly allowPrivate: boolean;
}

/**
 * The round that a registration asks for, from the first relay that has a good one.
 *
 * @throws OperationError BEACON_UNAVAILABLE
 */
export async function fetchRound(
  demand: BeaconDemand,
  { urls, allowPrivate }: Relays = { urls: RELAYS, allowPrivate: false },
): Promise<BeaconRound> {
  const fetch = createGuardedFetch({ allowPrivate, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BEACON_BYTES });
  const failures: string[] = [];
  try {
    for (const url of urls) {
      try {
        const address = new URL(`${url}/${demand.chain}/public/${demand.round}`);
        const { status, body } = await fetch({ method: "GET", url: address, headers: {} });
        if (status !== 200) throw new Error(`HTTP status ${status}`);
        const round = readDrandRound(body, demand.chain);
        verifiedRandomness(demand, round);
        return round;
      } catch (error) {
        failures.push(`${url}: ${error instanceof Error ? error.message : "no answer"}`);
      }
    }
  } finally {
    await fetch.close();
  }
  throw new OperationError(
    "BEACON_UNAVAILABLE",
    `no relay gave round ${demand.round} of drand chain ${demand.chain} (${failures.join("; ")})`,
    "Try again later, or give the round as a file with --beacon.",
  );
}
