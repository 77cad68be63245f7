import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { keyTimingRows } from "./key-timing-rows.js";
import { logRows } from "./log-rows.js";
import { monitorRows } from "./monitor-rows.js";
import { perturbationRows } from "./perturbation-rows.js";
import { policyTable } from "./policy-table.js";
import { servingRows } from "./serving-rows.js";
import { tracingRows } from "./tracing-rows.js";

export { pages } from "./policy-table.js";

const NAME = "gateway";

/** What the gateway costs, what it bears, and what it catches. */
export async function run(options: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  try {
    const rows = [
      ...(await servingRows(NAME, folder, options)),
      ...(await keyTimingRows(NAME, path.join(folder, "keys"), options)),
      ...(await logRows(NAME, (name) => path.join(folder, name), options)),
      ...(await monitorRows(NAME, options)),
      ...(await perturbationRows(NAME, options)),
      ...(await tracingRows(NAME, path.join(folder, "tracing"), options)),
    ];
    // The one table in which policies are compared; full runs keep it as a page, too.
    options.say(policyTable(rows));
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
