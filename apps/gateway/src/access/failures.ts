import { rangeOf } from "./networks.js";

/** Wrong keys of one address in a window: a client with a mistyped key tries a few times, a script without end. */
const MOST_FAILURES = 30;
/** Length of a window: whoever mends his key need not wait long. */
const WINDOW_MS = 60_000;
/** Addresses remembered; whose window began first makes room. */
const MOST_ADDRESSES = 65_536;

/**
 * Counts wrong keys per address. A secret has 256 bits, so nothing is guarded here but the gateway's time and its log:
 * right keys are let in whatever else comes from their address, or anybody behind the same proxy could shut others out.
 */
export interface Failures {
  /** Count a wrong key. @returns seconds to wait where there were too many, or null */
  note(address: string | null): number | null;
}

/** @param now milliseconds since any moment */
export function createFailures(now: () => number = () => performance.now()): Failures {
  const windows = new Map<string, { readonly since: number; failures: number }>();
  return {
    note(address) {
      if (address === null) return null;
      const source = sourceOf(address);
      const time = now();
      const known = windows.get(source);
      const current =
        known === undefined || time - known.since >= WINDOW_MS ? { since: time, failures: 0 } : known;
      if (current !== known) {
        // Taken out and put back: the first of a map is whose window began first.
        windows.delete(source);
        windows.set(source, current);
        const [oldest] = windows.keys();
        if (windows.size > MOST_ADDRESSES && oldest !== undefined) windows.delete(oldest);
      }
      current.failures += 1;
      if (current.failures <= MOST_FAILURES) return null;
      return Math.max(1, Math.ceil((current.since + WINDOW_MS - time) / 1000));
    },
  };
}

/** Who has one IPv6 address has all of its range. */
function sourceOf(address: string): string {
  return address.includes(":") && !address.includes(".") ? (rangeOf(address) ?? address) : address;
}
