import { chainModel } from "@indicia/attacks/generated";
import { ATTACKS } from "@indicia/attacks/index";
import type { BenchOptions } from "../bench.js";
import { SEED } from "../facts.js";
import { type NullCase, weightsNullCase } from "../null-calibration.js";
import { type Row, row } from "../row.js";
import { evidence, heldAgainst, KEY, type Marked, marked, measured } from "./look.js";
import { matrixModel } from "./models.js";

/** Independent models of the same shape that are put through the whole pipeline under the real key. */
const INNOCENTS = 10;

/** Models that have nothing to do with the key, and the reference itself: nothing may be found in them. */
export async function innocentRows(
  bench: string,
  { quick, say }: BenchOptions,
): Promise<{ rows: Row[]; nullCases: NullCase[] }> {
  const { bytes, strength } = await matrixModel("dense layers with ReLU", 1);
  const copy = marked(bytes, strength);
  const count = quick ? 2 : INNOCENTS;
  let most = 0;
  const nullCases: NullCase[] = [];
  for (let i = 1; i <= count; i++) {
    say(`innocent ${i} of ${count}`);
    const innocent = chainModel({ width: 512, layers: 3, activation: "Relu", seed: SEED + i });
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
    ...(await referenceRows(bench, copy, bytes)),
  ];
  return { rows, nullCases };
}

/** The unmarked reference, as it is and after attacks that hide it. */
async function referenceRows(bench: string, copy: Marked, bytes: Uint8Array): Promise<Row[]> {
  const hidden = ["permute neurons", "permute, scale, signs, dummies and int8"];
  let most = evidence(heldAgainst(await measured(copy, bytes), KEY)).T;
  for (const attack of ATTACKS.filter(({ name }) => hidden.includes(name))) {
    most = Math.max(
      most,
      evidence(heldAgainst(await measured(copy, await attack.apply(bytes, SEED)), KEY)).T,
    );
  }
  return [
    row({ bench, case: "the reference, plain and hidden", metric: "largest T", value: most, goal: "<= 5.5" }),
  ];
}
