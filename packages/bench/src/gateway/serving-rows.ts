import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { hostileRows } from "./hostile-rows.js";
import { loadRows } from "./load-rows.js";
import { overheadRows } from "./overhead-rows.js";
import { protectMagika } from "./protected-model.js";

/** Files of the corpus that are calibrated on, and as many that are asked about. */
const FILES = 1000;
const QUICK_FILES = 400;

/** What serving through the gateway costs, and what it bears. */
export async function servingRows(bench: string, folder: string, options: BenchOptions): Promise<Row[]> {
  options.say("registering the model and calibrating its monitor");
  const serving = path.join(folder, "serving");
  await mkdir(serving);
  const model = await protectMagika(serving, options.quick ? QUICK_FILES : FILES);
  return [
    ...(await overheadRows(bench, model, options)),
    ...(await loadRows(bench, model, options)),
    ...(await hostileRows(bench, model, options)),
  ];
}
