import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { fuzzRows } from "./fuzz-rows.js";
import { killRows } from "./kill-rows.js";
import { memoryRows } from "./memory-rows.js";
import { readRows } from "./read-rows.js";
import { throughputRows } from "./throughput-rows.js";

const NAME = "verifier";

/** What the verifier bears. */
export async function run(options: BenchOptions): Promise<Row[]> {
  return [
    ...(await fuzzRows(NAME, options)),
    ...(await readRows(NAME, options)),
    ...(await throughputRows(NAME, options)),
    ...(await killRows(NAME, options)),
    ...(await memoryRows(NAME, options)),
  ];
}
