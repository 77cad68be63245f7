import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { logRows } from "./log-rows.js";
import { servingRows } from "./serving-rows.js";

const NAME = "gateway";

/** What the gateway costs and catches. */
export async function run(options: BenchOptions): Promise<Row[]> {
  return [...(await servingRows(NAME, options)), ...(await logRows(NAME, options))];
}
