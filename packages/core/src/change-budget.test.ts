import { describe, expect, it } from "vitest";
import { changeBudget, type PastQuery } from "./change-budget.js";

/** Ask a budget about queries that a key would all change; what was changed. */
function asked(
  budget: ReturnType<typeof changeBudget>,
  customer: string | null,
  queries: readonly number[],
): PastQuery[] {
  return queries.map((number) => {
    const query = String(number);
    const changed = budget.allows({ customer, query });
    budget.note({ customer, query, changed });
    return { customer, query, changed };
  });
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const changes = (queries: readonly PastQuery[]): number => queries.filter(({ changed }) => changed).length;

describe("changed labels", () => {
  it("are at most one in two hundred of a customer's distinct queries, whatever others ask", () => {
    const budget = changeBudget([]);
    expect(changes(asked(budget, "alice", upTo(199)))).toBe(0);
    asked(budget, "bob", upTo(5000));
    expect(changes(asked(budget, "alice", upTo(199)))).toBe(0);
    expect(changes(asked(budget, "alice", upTo(2000)))).toBe(10);
    expect(changes(asked(budget, null, upTo(199)))).toBe(0);
  });

  it("stay what they were for whoever asks again, also after a restart", () => {
    const budget = changeBudget([]);
    const first = asked(budget, "alice", upTo(1000));
    expect(asked(budget, "alice", upTo(1000))).toEqual(first);
    const reopened = changeBudget(first);
    expect(asked(reopened, "alice", upTo(1000))).toEqual(first);
    expect(asked(reopened, "alice", [1000, 1001])).toEqual(asked(budget, "alice", [1000, 1001]));
  });

  it("are no more once as many are remembered as may be, and those of before stay", () => {
    const budget = changeBudget([], 500);
    const first = asked(budget, "alice", upTo(500));
    expect(changes(first)).toBe(2);
    const later = Array.from({ length: 3000 }, (_, i) => 500 + i);
    for (let i = 0; i < 2; i++) expect(changes(asked(budget, "alice", later))).toBe(0);
    expect(asked(budget, "alice", upTo(500))).toEqual(first);
    // Nobody else is the worse for it.
    expect(changes(asked(budget, "bob", upTo(500)))).toBe(2);
    expect(
      changes(asked(changeBudget([...first, ...asked(budget, "alice", later)], 500), "alice", later)),
    ).toBe(0);
  });
});
