const BISECTIONS = 12;

/** The largest number from 0 to a limit that is good, by bisection; 0 where no other one is. */
export async function largest(
  limit: number,
  good: (value: number) => boolean | Promise<boolean>,
): Promise<number> {
  if (await good(limit)) return limit;
  let [low, high] = [0, limit];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (await good(middle)) low = middle;
    else high = middle;
  }
  return low;
}
