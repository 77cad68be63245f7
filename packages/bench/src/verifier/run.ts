import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { fuzzRows } from "./fuzz-rows.js";
import { guardRows } from "./guard-rows.js";
import { killRows } from "./kill-rows.js";
import { memoryRows } from "./memory-rows.js";
import { readRows } from "./read-rows.js";
import { throughputRows } from "./throughput-rows.js";

const NAME = "verifier";

/** What makes the rows, in the order in which it runs. */
const PARTS: readonly ((bench: string, options: BenchOptions) => Promise<Row[]>)[] = [
  guardRows,
  fuzzRows,
  readRows,
  throughputRows,
  killRows,
  memoryRows,
];

/** What the verifier bears, and what it cannot be led to do. */
export async function run(options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of PARTS) rows.push(...(await part(NAME, options)));
  return rows;
}
