import { margin } from "@indicia/core/probes/uncertain";
import type { Space } from "@indicia/defence/monitor/calibration";
import type { ObservedRows } from "@indicia/defence/monitor/window";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { decision } from "@indicia/proof/scores";

/** Least probability that still has a logarithm. */
const LEAST = 1e-300;

/** Rows on their way through a gateway, or read for a calibration. */
export interface ReadRows {
  readonly rows: number;
  readonly classes: number;
  readonly values: Float64Array;
  readonly scale: "logits" | "probabilities";
  readonly logits: Float64Array | null;
  readonly features: Float64Array | null;
}

/**
 * What the monitor looks at of rows.
 *
 * @returns null where a model shows no features and its inputs are no numbers
 */
export function observedRows(
  space: Space,
  feeds: Readonly<Record<string, Tensor>>,
  read: ReadRows,
): ObservedRows | null {
  const inputs = inputsOf(feeds, read.rows);
  const values = space === "features" ? read.features : inputs;
  if (values === null) return null;
  const { rows, classes } = read;
  const logits = read.logits ?? (read.scale === "logits" ? read.values : read.values.map(logarithm));
  return {
    rows,
    values,
    width: values.length / rows,
    inputs,
    classes: Int32Array.from({ length: rows }, (_, row) => decision(logits, row, classes)),
    margins: Float64Array.from({ length: rows }, (_, row) =>
      margin(logits, row, classes, classes === 1 ? "sigmoid" : "softmax"),
    ),
  };
}

function logarithm(p: number): number {
  return Math.log(Math.max(p, LEAST));
}

/** All numbers of each row, tensor after tensor in the order of their names. */
function inputsOf(feeds: Readonly<Record<string, Tensor>>, rows: number): Float64Array | null {
  const parts: Float64Array[] = [];
  for (const [, tensor] of Object.entries(feeds).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (tensor.type === "string") return null;
    const values = toFloat64(tensor);
    if (values.length % rows !== 0) return null;
    parts.push(values);
  }
  const widths = parts.map((part) => part.length / rows);
  const width = widths.reduce((sum, each) => sum + each, 0);
  const out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    for (const [i, part] of parts.entries()) {
      const each = widths[i] ?? 0;
      out.set(part.subarray(row * each, (row + 1) * each), at);
      at += each;
    }
  }
  return out;
}
