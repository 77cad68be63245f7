export interface Pace {
  /** Rows that are asked at most. */
  readonly budget: number;
  /** Requests per second. */
  readonly rate: number;
  /** Rows that one request carries; 1 where it is not known. */
  readonly rowsPerRequest: number;
  /** Rows that are asked at most in a day, or null. */
  readonly perDay: number | null;
}

/** Seconds that asking everything takes at least, since the service never asks faster than it was told. */
export function estimateSeconds({ budget, rate, rowsPerRequest, perDay }: Pace): number {
  const asking = Math.ceil(budget / Math.max(1, rowsPerRequest)) / rate;
  if (perDay === null || perDay >= budget) return asking;
  // The days before the last are full ones; what remains is asked on the last.
  return Math.max(asking, (Math.ceil(budget / perDay) - 1) * 86_400);
}
