import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bench } from "./bench.js";
import { runFacts } from "./facts.js";
import { type BenchRow, makeRow } from "./row.js";

/** Seed of every bench; a row that uses another says so. */
const SEED = 7;

export interface RunOptions {
  readonly quick: boolean;
  readonly say: (line: string) => void;
  readonly onRow?: (row: BenchRow) => void;
}

/** Run one bench in a folder of its own. */
export async function runBench(bench: Bench, options: RunOptions): Promise<BenchRow[]> {
  const facts = await runFacts(bench.name, SEED);
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  const rows: BenchRow[] = [];
  try {
    await bench.run({
      quick: options.quick,
      seed: SEED,
      folder,
      say: (line) => options.say(`${bench.name}: ${line}`),
      add: (measured) => {
        const row = makeRow(facts, measured);
        rows.push(row);
        options.onRow?.(row);
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}
