import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { type SpeedCase, speedRows } from "./speed-rows.js";

const NAME = "speed";

/** One file of 512 MB, and 3 GB of external data, beyond what a single protobuf holds. */
const CASES: readonly SpeedCase[] = [
  { label: "512 MB", model: { megabytes: 500, width: 4000 }, rounds: 5 },
  { label: "3 GB of external data", model: { megabytes: 3000, width: 4000, external: true }, rounds: 3 },
];
/** Most of the time of so small a model is that of starting a process: it shows that everything runs. */
const QUICK_CASES: readonly SpeedCase[] = [
  { label: "8 MB", model: { megabytes: 8, width: 500 }, rounds: 1 },
  { label: "40 MB of external data", model: { megabytes: 40, width: 1000, external: true }, rounds: 1 },
];

/** What a large model costs in time and memory; needs 12 GB in the folder for temporary files. */
export async function run(options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const each of options.quick ? QUICK_CASES : CASES)
    rows.push(...(await speedRows(NAME, each, options)));
  return rows;
}
