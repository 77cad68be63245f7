import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { baselineRows } from "./baseline-rows.js";
import { queryRows, strengthRows } from "./curve-rows.js";
import { innocentRows } from "./innocent-rows.js";
import { keyRows } from "./key-rows.js";
import { makeEverything } from "./make-everything.js";
import { matrixRows } from "./matrix-rows.js";
import { overHttpRows } from "./over-http.js";
import { allArtefacts } from "./plan.js";
import { FULL, QUICK } from "./profile.js";
import { madeIn } from "./results.js";
import { traceRows } from "./trace-rows.js";

export { pages } from "./pages.js";

const NAME = "extraction";

/** Train thieves on the answers of marked models, and catch them. */
export async function run({ quick, say }: BenchOptions): Promise<Row[]> {
  const profile = quick ? QUICK : FULL;
  const folders = await makeEverything((codes) => allArtefacts(profile, codes), say);
  const made = madeIn(folders);
  return [
    ...(await keyRows(NAME, profile, made)),
    ...(await traceRows(NAME, profile, made)),
    ...(await baselineRows(NAME, profile, made)),
    ...(await matrixRows(NAME, profile, made)),
    ...(await strengthRows(NAME, profile, made)),
    ...(await innocentRows(NAME, profile, made, say)),
    ...(await queryRows(NAME, profile, made)),
    ...(await overHttpRows(NAME, profile, folders, say)),
  ];
}
