import { agreement } from "@indicia/autodiff/evaluate";
import { askModel } from "../baselines/ask-model.js";
import { labelsOf } from "../baselines/labels.js";
import { type Row, row } from "../row.js";
import { labelledRows } from "./data.js";
import { cellLook, matrixCells } from "./plan-looks.js";
import type { Profile } from "./profile.js";
import type { Made } from "./results.js";

/** Beginning of the cases that are cells of the matrix. */
export const MATRIX_CASE = "matrix, tier ";

/** Every cell of the matrix under one key: T, log10 p, and the accuracy that the thief gave up for it. */
export async function matrixRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const { inputs, labels } = await labelledRows(profile.pool);
  const own = agreement(labelsOf(await askModel(await made.model("reference"))(inputs)), labels);
  const rows: Row[] = [];
  for (const cell of matrixCells(profile)) {
    const { log10PIdeal, T, accuracy, queries } = await made.observation(cellLook(cell));
    const common = { bench, case: `${MATRIX_CASE}${cell.tier}: ${cell.name}` };
    rows.push(
      row({ ...common, metric: "log10PIdeal", value: log10PIdeal }),
      row({ ...common, metric: "T", value: T }),
      row({ ...common, metric: "accuracy lost", value: own - accuracy }),
      row({ ...common, metric: "queries", value: queries }),
    );
  }
  return rows;
}
