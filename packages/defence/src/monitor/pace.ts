/** Least time between two lines, in milliseconds. */
const EVERY_MS = 5000;

/**
 * Tells now and then how far something has come, and how long it will still take at the pace so far.
 *
 * @returns to be called after each of `total` steps
 */
export function pace(
  label: string,
  total: number,
  say: (line: string) => void = () => undefined,
  now: () => number = () => performance.now(),
): () => void {
  const began = now();
  let [done, told] = [0, began];
  say(`${label}, ${total} in all`);
  return () => {
    done++;
    const time = now();
    if (time - told < EVERY_MS || done >= total) return;
    told = time;
    const left = ((time - began) / done) * (total - done);
    say(`${label}: ${done} of ${total}, about ${Math.ceil(left / 1000)} s left`);
  };
}
