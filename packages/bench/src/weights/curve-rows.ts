import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { attacked, matrixAttack } from "./attack-list.js";
import { evidence, heldAgainst, KEY, marked, measured } from "./look.js";
import { labelChange, labelsOf, matrixModel } from "./models.js";

const STRENGTHS = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02] as const;
/** Attacks that the curve follows. */
const FOLLOWED = [
  "int8 (weights per tensor)",
  "int8 (weights per channel)",
  "int4 (blocks of 32)",
  "prune (50 %)",
];
const ROWS = 2007;
const QUICK_ROWS = 200;

/** Strength against labels changed and against what compression leaves, on a real model. */
export async function curveRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const model = await matrixModel("magika_standard_v3_3", quick ? QUICK_ROWS : ROWS);
  const plain = await labelsOf(model.bytes, model);
  const rows: Row[] = [];
  for (const strength of quick ? [0.005] : STRENGTHS) {
    say(`strength ${strength}`);
    const copy = marked(model.bytes, strength);
    const common = { bench, case: `magika_standard_v3_3 at ${(100 * strength).toFixed(1)} %` };
    const changed = labelChange(plain, await labelsOf(copy.bytes, model));
    if (changed !== null) rows.push(row({ ...common, metric: "labels changed by the mark", value: changed }));
    for (const name of FOLLOWED) {
      const suspect = await attacked(matrixAttack(name), copy.bytes, model);
      if (suspect === null) continue;
      const { log10P } = evidence(heldAgainst(await measured(copy, suspect), KEY));
      rows.push(row({ ...common, metric: `log10PIdeal, ${name}`, value: log10P }));
    }
  }
  return rows;
}
