import { setTimeout as sleep } from "node:timers/promises";

/**
 * A gate that opens at an even pace, so that a rate holds in every second and not only on average.
 *
 * @param rate passages per second
 */
export function createPacer(rate: number): () => Promise<void> {
  const step = 1000 / rate;
  let next = 0;
  return async () => {
    const now = performance.now();
    const due = Math.max(now, next);
    next = due + step;
    if (due > now) await sleep(due - now);
  };
}
