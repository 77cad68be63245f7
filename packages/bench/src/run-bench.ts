import type { Bench, BenchOptions } from "./bench.js";
import type { Row } from "./row.js";

/** What a bench measured, and the further pages of its report, by file name. */
export interface BenchResult {
  readonly rows: Row[];
  readonly pages: ReadonlyMap<string, string>;
}

/** Run one bench; what it says is preceded by its name. */
export async function runBench(bench: Bench, { quick, say }: BenchOptions): Promise<BenchResult> {
  const { run, pages } = await bench.load();
  const rows = await run({ quick, say: (line) => say(`${bench.name}: ${line}`) });
  return { rows, pages: quick ? new Map() : (pages?.(rows) ?? new Map()) };
}
