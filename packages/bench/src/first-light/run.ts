import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import { dataRows } from "../data-rows.js";
import { SEED } from "../facts.js";
import { nullRows } from "../null-rows.js";
import { type Row, row } from "../row.js";
import { type SpeedCase, speedRows } from "../speed/speed-rows.js";
import { innocentRows } from "./innocent-rows.js";
import { magikaResult, type MagikaName } from "./magika-rows.js";
import { modelRows } from "./model-rows.js";

const NAME = "first-light";
/** Wrong keys per sealed residual. */
const WRONG_KEYS = 10_000;
const QUICK_KEYS = 1000;
/** Models that commands are timed on; the bench `speed` has larger ones. */
const LARGE: SpeedCase = { label: "512 MB", model: { megabytes: 500, width: 4000 }, rounds: 5 };
const SMALL: SpeedCase = { label: "8 MB", model: { megabytes: 8, width: 500 }, rounds: 1 };

/** The numbers of the main job on real models. */
export async function run(options: BenchOptions): Promise<Row[]> {
  const { quick, say } = options;
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-first-light-"));
  try {
    const rows = await dataRows(NAME, options);
    say("marking the weights of every model");
    rows.push(...(await modelRows(NAME, path.join(folder, "models"))));
    const models: readonly MagikaName[] = quick ? ["v1"] : ["v3_3", "v1"];
    const cases = [];
    for (const model of models) {
      const result = await magikaResult(NAME, model, folder, options);
      rows.push(...result.rows);
      cases.push(...result.nullCases);
    }
    rows.push(...(await innocentRows(NAME, folder, options)));
    const keys = quick ? QUICK_KEYS : WRONG_KEYS;
    rows.push(
      ...nullRows(cases, { keys, seed: SEED, say }).map((measured) => row({ bench: NAME, ...measured })),
    );
    rows.push(...(await speedRows(NAME, quick ? SMALL : LARGE, options)));
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
