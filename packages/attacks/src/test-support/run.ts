import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";

/** All outputs of a model for one run, by name. */
export async function outputsOf(
  model: Uint8Array | string,
  rows: Readonly<Record<string, Tensor>>,
  optimisation: "disabled" | "all" = "all",
): Promise<Record<string, Tensor>> {
  const session = await openSession(model, { optimisation });
  try {
    return await session.run(rows);
  } finally {
    await session.close();
  }
}

/** The largest difference between outputs, relative to the largest magnitude of each output before. */
export function outputChange(
  before: Readonly<Record<string, Tensor>>,
  after: Readonly<Record<string, Tensor>>,
): number {
  let change = Object.keys(before).join() === Object.keys(after).join() ? 0 : Number.POSITIVE_INFINITY;
  for (const [name, tensor] of Object.entries(before)) {
    const other = after[name];
    if (other === undefined || other.dims.join() !== tensor.dims.join()) return Number.POSITIVE_INFINITY;
    const [a, b] = [toFloat64(tensor), toFloat64(other)];
    const scale = a.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
    const most = a.reduce((so, x, i) => Math.max(so, Math.abs(x - (b[i] ?? 0))), 0);
    change = Math.max(change, Number.isNaN(most) ? Number.POSITIVE_INFINITY : most / scale);
  }
  return change;
}
