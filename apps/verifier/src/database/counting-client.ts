import pg from "pg";

/** Statements that change no row by themselves. What they begin, others in it do. */
const READING = /^\s*(select|begin|commit|rollback|start|set|show|declare|fetch|close)\b/i;

/** Counts what may have changed rows. */
export interface Changes {
  readonly count: () => number;
}

/**
 * A client for a pool of one connection that counts statements which may change rows, when they are handed in. Since all
 * go over that connection one after the other, whoever finds the same number before and after his reading has read a
 * state that still holds.
 */
export function countingClient(): { readonly Client: typeof pg.Client; readonly changes: Changes } {
  let count = 0;
  class CountingClient extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      const query: (...given: unknown[]) => unknown = this.query.bind(this);
      const counted = (...given: unknown[]): unknown => {
        const [first] = given;
        const text = typeof first === "string" ? first : (first as { readonly text?: unknown } | null)?.text;
        if (typeof text !== "string" || !READING.test(text)) count++;
        return query(...given);
      };
      Object.assign(this, { query: counted });
    }
  }
  return { Client: CountingClient, changes: { count: () => count } };
}
