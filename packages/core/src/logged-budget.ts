import type { LeftOut } from "@indicia/evidence/logged-formats";
import type { QueryGroup } from "@indicia/evidence/query-groups";

/** A group as far as the budget goes: the first of its queries, in the order in which they were fixed. */
export interface ChosenGroup {
  readonly group: QueryGroup;
  readonly queries: readonly string[];
}

/** What is asked again, and what the budget leaves out. */
export interface WithinBudget {
  readonly groups: readonly ChosenGroup[];
  /** Each once, in the order in which they are asked. */
  readonly queries: readonly string[];
  readonly leftOut: LeftOut;
}

/**
 * Spend a budget on groups. What can be certified comes first, and what cannot be gets what is left; within either, groups
 * take turns by one query each, so that none is served at the cost of another. A query of several groups is paid for once.
 * Only the order of the log and of the pool decides, never a key or an answer; and nothing that cannot be certified, such as
 * which rows of the pool somebody chose to send, decides how far a certified group goes.
 */
export function withinBudget(groups: readonly QueryGroup[], budget: number): WithinBudget {
  const asked = new Set<string>();
  const reached = new Map<QueryGroup, number>();
  for (const leads of [false, true])
    takeTurns(
      groups.filter(({ kind }) => (kind === "lead") === leads),
      { asked, reached, budget },
    );
  const chosen = groups.flatMap((group): ChosenGroup[] => {
    const queries = group.queries.slice(0, reached.get(group) ?? 0);
    return queries.length === 0 ? [] : [{ group, queries }];
  });
  return { groups: chosen, queries: [...asked], leftOut: leftOutOf(groups, asked) };
}

interface Spending {
  readonly asked: Set<string>;
  /** How many queries of a group are asked. */
  readonly reached: Map<QueryGroup, number>;
  readonly budget: number;
}

function takeTurns(groups: readonly QueryGroup[], { asked, reached, budget }: Spending): void {
  // What another group has paid for costs no turn.
  const paidFor = (group: QueryGroup): number => {
    let at = reached.get(group) ?? 0;
    while (at < group.queries.length && asked.has(group.queries[at] ?? "")) at++;
    return at;
  };
  let open = groups;
  while (open.length > 0) {
    open = open.filter((group) => {
      const at = paidFor(group);
      const query = group.queries[at];
      const goesOn = query !== undefined && asked.size < budget;
      if (goesOn) asked.add(query);
      reached.set(group, goesOn ? at + 1 : at);
      return goesOn;
    });
  }
  for (const group of groups) reached.set(group, paidFor(group));
}

/** Each query once, as what counts for most. */
function leftOutOf(groups: readonly QueryGroup[], asked: ReadonlySet<string>): LeftOut {
  const counted = new Set(asked);
  const countOf = (kind: QueryGroup["kind"]): number => {
    const before = counted.size;
    for (const group of groups)
      if (group.kind === kind) for (const query of group.queries) counted.add(query);
    return counted.size - before;
  };
  return {
    signedBatches: countOf("signed-batch"),
    committedPool: countOf("committed-pool"),
    leads: countOf("lead"),
  };
}
