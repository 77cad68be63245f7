import type { BenchOptions } from "../bench.js";
import { SEED } from "../facts.js";
import { type NullCase, weightsNullCase } from "../null-calibration.js";
import { type Row, row } from "../row.js";
import { attacked, matrixAttack } from "./attack-list.js";
import { evidence, heldAgainst, KEY, type Marked, marked, measured } from "./look.js";
import { denseModel, type MatrixModel, matrixModel } from "./models.js";

/** Independent models of the same shape that are put through the whole pipeline under the real key. */
const INNOCENTS = 10;

/** Models that have nothing to do with the key, and the reference itself: nothing may be found in them. */
export async function innocentRows(
  bench: string,
  { quick, say }: BenchOptions,
): Promise<{ rows: Row[]; nullCases: NullCase[] }> {
  const model = await matrixModel("dense layers with ReLU", 1);
  const copy = marked(model.bytes, model.strength);
  const count = quick ? 2 : INNOCENTS;
  let most = 0;
  const nullCases: NullCase[] = [];
  for (let i = 1; i <= count; i++) {
    say(`innocent ${i} of ${count}`);
    const innocent = denseModel(SEED + i);
    const sealed = await measured(copy, innocent);
    most = Math.max(most, evidence(heldAgainst(sealed, KEY)).T);
    nullCases.push(weightsNullCase(`innocent ${i}`, sealed.segments, sealed.residual));
  }
  const rows = [
    row({
      bench,
      case: `${count} innocents under the real key`,
      metric: "largest T",
      value: most,
      goal: "<= 5.5",
    }),
    ...(await referenceRows(bench, copy, model)),
  ];
  return { rows, nullCases };
}

/** The unmarked reference, as it is and after attacks that hide it. */
async function referenceRows(bench: string, copy: Marked, model: MatrixModel): Promise<Row[]> {
  const suspects: (Uint8Array | null)[] = [model.bytes];
  for (const name of ["permute (all)", "permute, scale, signs, dummies, int8"])
    suspects.push(await attacked(matrixAttack(name), model.bytes, model));
  let most = 0;
  for (const suspect of suspects)
    if (suspect !== null) most = Math.max(most, evidence(heldAgainst(await measured(copy, suspect), KEY)).T);
  return [
    row({ bench, case: "the reference, plain and hidden", metric: "largest T", value: most, goal: "<= 5.5" }),
  ];
}
