import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdCounts } from "../test-support/counts-contract.js";
import { memoryCounts, memoryShown } from "./memory-counts.js";

describe("counts in memory", () => {
  const counts = memoryCounts();
  holdCounts(() => counts);
});

it("never lets out more than the budget, whatever is asked in whatever order", async () => {
  const query = fc.nat({ max: 30 }).map((n) => n.toString(16).padStart(32, "0").repeat(2));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(query, { minLength: 1, maxLength: 5 })),
      fc.nat({ max: 40 }),
      async (asked, most) => {
        const shown = memoryShown();
        const seen = new Set<string>();
        for (const queries of asked) {
          const spent = await shown.charge([{ counter: "c", most, seconds: null }], queries, 2, new Date(0));
          const together = new Set([...seen, ...queries]);
          // Exactly those requests are refused that would go beyond it.
          expect(spent === null).toBe(together.size * 2 <= most);
          if (spent === null) for (const each of queries) seen.add(each);
        }
      },
    ),
  );
});

it("forgets which queries it saw before it forgets what they cost", async () => {
  const shown = memoryShown(4);
  const window = { counter: "c", most: 10, seconds: null };
  const ask = (from: number): string[] =>
    Array.from({ length: 5 }, (_, i) => `${from + i}`.padStart(32, "0").repeat(2));
  expect(await shown.charge([window], ask(0), 1, new Date(0))).toBeNull();
  expect(await shown.charge([window], ask(0), 1, new Date(0))).toBeNull();
  expect(await shown.charge([window], ask(0), 1, new Date(0))).toMatchObject({ window });
});
