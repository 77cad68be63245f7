import type { BenchOptions } from "../bench.js";
import { SEED } from "../facts.js";
import { nullRows } from "../null-rows.js";
import { type Row, row } from "../row.js";
import { budgetRows } from "./budget-rows.js";
import { curveRows } from "./curve-rows.js";
import { innocentRows } from "./innocent-rows.js";
import { curveFigure, matrixPage } from "./pages.js";
import { matrixRows } from "./matrix-rows.js";
import { recipientRows } from "./recipient-rows.js";

const NAME = "weights";
/** Wrong keys per sealed residual. */
const WRONG_KEYS = 100_000;
const QUICK_KEYS = 500;

/** The matrix as a table, and the curve as a figure. */
export function pages(rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map([
    ["weights-matrix.md", matrixPage(rows)],
    ["weights-curve.svg", curveFigure(rows)],
  ]);
}

/** What thieves do to a file, and what is left of the weight mark. */
export async function run(options: BenchOptions): Promise<Row[]> {
  const matrix = await matrixRows(NAME, options);
  const innocents = await innocentRows(NAME, options);
  const rows = [
    ...matrix.rows,
    ...(await curveRows(NAME, options)),
    ...(await budgetRows(NAME, options)),
    ...(await recipientRows(NAME, options)),
    ...innocents.rows,
  ];
  // The null of the whole pipeline: what alignment made of an attacked copy, and of innocents.
  const cases = [...matrix.nullCases.slice(0, options.quick ? 1 : 3), ...innocents.nullCases.slice(0, 3)];
  const keys = options.quick ? QUICK_KEYS : WRONG_KEYS;
  rows.push(
    ...nullRows(cases, { keys, seed: SEED, say: options.say }).map((measured) =>
      row({ bench: NAME, ...measured }),
    ),
  );
  return rows;
}
