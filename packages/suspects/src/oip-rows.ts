import { gatherRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";

/** Rows per request where the server leaves it open. */
export const MAX_ROWS = 16;
/** A server that fixes more rows than this means something else by its first axis. */
const MAX_FIXED_ROWS = 1024;

/** Rows that every input fixes for its first axis, or null where one leaves it open. */
export function fixedRows(inputs: readonly ValueInfo[]): number | null {
  const [first, ...others] = inputs.map(({ dims }) => dims?.[0]);
  if (typeof first !== "number" || first < 1 || first > MAX_FIXED_ROWS) return null;
  return others.every((rows) => rows === first) ? first : null;
}

/**
 * The last row again until the batch is full; the answers to those are not looked at.
 *
 * @param fixed rows that the server fixes for every request, or null
 */
export function filledUp(
  rows: Readonly<Record<string, Tensor>>,
  fixed: number | null,
): Readonly<Record<string, Tensor>> {
  if (fixed === null) return rows;
  const filled = Object.entries(rows).map(([name, tensor]): [string, Tensor] => {
    const [count = 0] = tensor.dims;
    if (tensor.dims.length === 0 || count === 0 || count >= fixed) return [name, tensor];
    return [
      name,
      gatherRows(
        tensor,
        Array.from({ length: fixed }, (_, i) => Math.min(i, count - 1)),
      ),
    ];
  });
  return Object.fromEntries(filled);
}

/** Whether a record's note says {@link fixedRows}. */
export function isRowCount(value: unknown): value is number | null {
  return value === null || (typeof value === "number" && Number.isInteger(value) && value > 0);
}
