import { MOST_CHANGED } from "./marks/logged/plan.js";

/**
 * Distinct queries of a customer that are remembered, some 8 MB for each customer. Keyed labels are found in a few thousand
 * queries, and a log excerpt for evidence holds no more than these; whoever asks more is marked by tilts and his own mark alone.
 */
const MOST_REMEMBERED = 65_536;

/** What a gateway did to a query of a customer before. */
export interface PastQuery {
  readonly customer: string | null;
  readonly query: string;
  readonly changed: boolean;
}

/** Keeps the share of changed labels among the distinct queries of each customer, and so among everybody's. */
export interface ChangeBudget {
  /** Whether the key may change this query's label: as before where it was asked before. */
  readonly allows: (query: Omit<PastQuery, "changed">) => boolean;
  readonly note: (query: PastQuery) => void;
}

interface Remembered {
  readonly seen: Map<string, boolean>;
  changes: number;
}

/**
 * The same queries in the same order give the same decisions, so that a log that is read again gives those of before. Once as
 * many queries of a customer are remembered as may be, those that are not keep their label, each time that they come: what was
 * forgotten could be decided anew, and two answers to one question would show what the key does.
 *
 * @param past in the order in which it was answered
 * @param most queries remembered of a customer, fewer for tests
 */
export function changeBudget(past: Iterable<PastQuery>, most: number = MOST_REMEMBERED): ChangeBudget {
  const customers = new Map<string | null, Remembered>();
  const of = (customer: string | null): Remembered => {
    const known = customers.get(customer) ?? { seen: new Map<string, boolean>(), changes: 0 };
    customers.set(customer, known);
    return known;
  };
  const note = ({ customer, query, changed }: PastQuery): void => {
    const own = of(customer);
    if (own.seen.has(query) || own.seen.size >= most) return;
    own.seen.set(query, changed);
    if (changed) own.changes++;
  };
  for (const query of past) note(query);
  return {
    allows: ({ customer, query }) => {
      const { seen, changes } = of(customer);
      const before = seen.get(query);
      if (before !== undefined) return before;
      return seen.size < most && changes + 1 <= MOST_CHANGED * (seen.size + 1);
    },
    note,
  };
}
