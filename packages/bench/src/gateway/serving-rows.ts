import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { hostileRows } from "./hostile-rows.js";
import { loadRows } from "./load-rows.js";
import { overheadRows } from "./overhead-rows.js";
import { protectMagika } from "./protected-model.js";

/** What serving through the gateway costs, and what it bears. */
export async function servingRows(bench: string, options: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-"));
  try {
    options.say("registering the model");
    const model = await protectMagika(folder);
    return [
      ...(await overheadRows(bench, model, options)),
      ...(await loadRows(bench, model, options)),
      ...(await hostileRows(bench, model, options)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
