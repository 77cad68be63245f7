import { RateLimiterMemory } from "rate-limiter-flexible";
import { type LimitCounts, type ShownCounts, windowAt } from "./counts.js";
import { rateCounts } from "./rate-counts.js";

/** Queries remembered over all accounts, at some 100 bytes each; the oldest are forgotten, and cost again. */
const MAX_QUERIES = 2_000_000;
/** Bytes of a fingerprint that are kept: that two queries share them never happens by chance. */
const KEPT_HEX = 32;

/** Counts of this process alone; they begin at nothing when it starts. */
export function memoryCounts(): LimitCounts {
  return {
    rates: rateCounts((options) => new RateLimiterMemory(options)),
    shown: memoryShown(),
    close: async () => undefined,
  };
}

interface Budget {
  index: number;
  bits: number;
  readonly queries: Set<string>;
}

/** @param maxQueries how many queries are remembered before the oldest counter is forgotten; for tests */
export function memoryShown(maxQueries: number = MAX_QUERIES): ShownCounts {
  /** In the order of their last use. */
  const budgets = new Map<string, Budget>();
  let remembered = 0;

  const budgetOf = (counter: string, index: number): Budget => {
    const known = budgets.get(counter);
    if (known !== undefined) {
      if (known.index !== index) {
        remembered -= known.queries.size;
        known.queries.clear();
        known.bits = 0;
        known.index = index;
      }
      budgets.delete(counter);
    }
    const budget = known ?? { index, bits: 0, queries: new Set<string>() };
    budgets.set(counter, budget);
    return budget;
  };

  /** What was shown stays counted; only which queries it was is forgotten. */
  const forget = (): void => {
    for (const { queries } of budgets.values()) {
      if (remembered <= maxQueries) return;
      remembered -= queries.size;
      queries.clear();
    }
  };

  return {
    async charge(windows, queries, bits, now) {
      const kept = new Set(queries.map((query) => query.slice(0, KEPT_HEX)));
      const charges = windows.map((window) => {
        const { index, left } = windowAt(window.seconds, now);
        const budget = budgetOf(window.counter, index);
        const fresh = [...kept].filter((query) => !budget.queries.has(query));
        return { window, left, budget, fresh, cost: fresh.length * bits };
      });
      const spent = charges.find(({ window, budget, cost }) => budget.bits + cost > window.most);
      if (spent !== undefined) {
        const { window, cost, left } = spent;
        return { window, retryAfter: cost > window.most ? null : left };
      }
      for (const { budget, fresh, cost } of charges) {
        budget.bits += cost;
        for (const query of fresh) budget.queries.add(query);
        remembered += fresh.length;
      }
      forget();
      return null;
    },
    async charged(windows, now) {
      return windows.map(({ counter, seconds }) => {
        const budget = budgets.get(counter);
        return budget?.index === windowAt(seconds, now).index ? budget.bits : 0;
      });
    },
  };
}
