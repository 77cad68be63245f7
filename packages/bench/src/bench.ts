import type { Measurement } from "./row.js";

/** What a bench is given. */
export interface BenchContext {
  /** A tenth of the work, to see that everything still runs; goals are judged all the same. */
  readonly quick: boolean;
  readonly seed: number;
  /** A folder for this run alone, removed after it. */
  readonly folder: string;
  /** Record a number. */
  readonly add: (measured: Measurement) => void;
  /** Say what is being done. */
  readonly say: (line: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly run: (context: BenchContext) => Promise<void>;
}
