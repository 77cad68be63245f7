import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { fuzzRows } from "./fuzz-rows.js";
import { readRows } from "./read-rows.js";

const NAME = "verifier";

/** What the verifier bears. */
export async function run(options: BenchOptions): Promise<Row[]> {
  return [...(await fuzzRows(NAME, options)), ...(await readRows(NAME, options))];
}
