import type { Session } from "@indicia/runtime/session";
import { toFloat64 } from "@indicia/onnx/tensor";
import { magikaInputs } from "./features.js";
import type { MagikaModel } from "./model.js";

/** The likeliest class of each file, by index. */
export async function magikaDecisions(
  model: MagikaModel,
  session: Session,
  files: readonly Uint8Array[],
): Promise<Int32Array> {
  const { [model.output]: answers } = await session.runRows({
    [model.input.name]: magikaInputs(model, files),
  });
  if (answers === undefined) throw new TypeError(`no output "${model.output}"`);
  const classes = model.labels.length;
  const values = toFloat64(answers);
  return Int32Array.from({ length: files.length }, (_, i) => {
    const row = values.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/** A class's name as Magika tells it. */
export function magikaLabel(model: MagikaModel, decision: number): string {
  const label = model.labels[decision] ?? "";
  return model.renamed.get(label) ?? label;
}
