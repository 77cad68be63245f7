import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import { sliceRows, type Tensor } from "@indicia/onnx/tensor";
import type { InputRows } from "../../registration.js";
import type { FeatureReader } from "../readout/features.js";
import { type LoggedPlan, PLANNED_ROWS, planLogged } from "./plan.js";

/** {@link planLogged} from the first registered calibration rows, as an opened model answers them. */
export async function readLoggedPlan(
  reader: FeatureReader,
  calibration: InputRows,
  { tail, classes }: Pick<RegisteredReadout, "tail" | "classes">,
): Promise<LoggedPlan> {
  const rows = Math.min(PLANNED_ROWS, calibration.rows);
  const tensors: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(calibration.tensors))
    tensors[name] = sliceRows(tensor, 0, rows);
  const { logits } = await reader.read({ rows, tensors });
  return planLogged(logits, rows, { classes, link: tail === "sigmoid" ? "sigmoid" : "softmax" });
}
