import type { Bench, BenchOptions } from "./bench.js";
import type { Row } from "./row.js";

/** Run one bench; what it says is preceded by its name. */
export async function runBench(bench: Bench, { quick, say }: BenchOptions): Promise<Row[]> {
  const { run } = await bench.load();
  return run({ quick, say: (line) => say(`${bench.name}: ${line}`) });
}
