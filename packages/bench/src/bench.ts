import type { Row } from "./row.js";

export interface BenchOptions {
  /** A tenth of the work, to see that everything still runs; goals are judged all the same, no report is kept. */
  readonly quick: boolean;
  /** Say what is being done. */
  readonly say: (line: string) => void;
}

/** What the module of a bench exports. */
export interface BenchModule {
  readonly run: (options: BenchOptions) => Promise<Row[]>;
  /** Further pages and figures of a full run's report, by file name. */
  readonly pages?: (rows: readonly Row[]) => ReadonlyMap<string, string>;
}

export interface Bench {
  readonly name: string;
  readonly load: () => Promise<BenchModule>;
}
