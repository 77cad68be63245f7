/** Strengths that are remembered in memory, some 200 bytes each. */
const REMEMBERED = 65_536;

/**
 * At which total variation an account's query was first answered. It gets the same again: two answers of two strengths
 * lie on a line that leads back to the honest one.
 */
export interface Strengths {
  /** What is known of a query. @param name tells account and query */
  get(name: string): number | undefined;
  /** Has to hold before the answer leaves. */
  set(name: string, strength: number): void;
}

/** The latest of all accounts, until the process ends. */
export function strengthsInMemory(): Strengths {
  const known = new Map<string, number>();
  return {
    get: (name) => known.get(name),
    set(name, strength) {
      const [oldest] = known.keys();
      if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest);
      known.set(name, strength);
    },
  };
}
