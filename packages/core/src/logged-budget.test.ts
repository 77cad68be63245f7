import { groupsAsStated, type QueryGroup } from "@indicia/evidence/query-groups";
import { describe, expect, it } from "vitest";
import { withinBudget } from "./logged-budget.js";

const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i}`);
const group = (
  kind: QueryGroup["kind"],
  customer: string,
  queries: readonly string[],
): Parameters<typeof groupsAsStated>[0][number] => ({ kind, customer, batch: 1, queries });
const POOL = named("pool", 6);
const GROUPS = groupsAsStated([
  group("lead", "alice", named("alice", 4)),
  group("committed-pool", "alice", POOL),
  group("signed-batch", "bob", named("bob", 2)),
  group("committed-pool", "bob", POOL),
  group("lead", "bob", ["pool 5", ...named("bob's own", 4)]),
]);
const spent = (budget: number): readonly (readonly [string, string | null, number])[] =>
  withinBudget(GROUPS, budget).groups.map(({ group: { kind, customer }, queries }) => [
    kind,
    customer,
    queries.length,
  ]);

describe("a budget of logged queries", () => {
  it("goes to what can be certified first, in turns, and pays a shared query once", () => {
    expect(spent(4)).toEqual([
      ["committed-pool", "alice", 3],
      ["signed-batch", "bob", 1],
      ["committed-pool", "bob", 3],
    ]);
    expect(withinBudget(GROUPS, 4).leftOut).toEqual({ signedBatches: 1, committedPool: 3, leads: 8 });
  });

  it("gives those who ask for themselves equal shares of what is left", () => {
    expect(spent(12).filter(([kind]) => kind === "lead")).toEqual([
      ["lead", "alice", 2],
      ["lead", "bob", 3],
    ]);
    expect(withinBudget(GROUPS, 12).leftOut).toEqual({ signedBatches: 0, committedPool: 0, leads: 4 });
  });

  it("leaves nothing out where it is enough", () => {
    const { queries, leftOut } = withinBudget(GROUPS, 16);
    expect([new Set(queries).size, queries.length]).toEqual([16, 16]);
    expect(leftOut).toEqual({ signedBatches: 0, committedPool: 0, leads: 0 });
  });
});
