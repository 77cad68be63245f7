import { findReadout } from "@indicia/core/marks/readout/find";
import { readFeatures } from "@indicia/core/marks/readout/features";
import type { Edit } from "@indicia/onnx/edit";
import { openModel } from "@indicia/onnx/open";
import { toFloat64, type Tensor } from "@indicia/onnx/tensor";
import { writeModel } from "@indicia/onnx/write";

/** Weight of the penalty on large coefficients, per row. */
const RIDGE = 1e-3;

/** Answers that a thief collected: inputs of n rows, and for each a probability per class, row-major [n, m]. */
export interface Collected {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly probabilities: Float64Array;
}

/** Ask a gateway for every row of one float32 input, 100 at a time. */
export async function collect(
  model: string,
  tensors: Readonly<Record<string, Tensor>>,
  headers: Readonly<Record<string, string>>,
): Promise<Collected> {
  const [[name, tensor] = ["", undefined]] = Object.entries(tensors);
  if (tensor === undefined) throw new TypeError("there is an input");
  const values = toFloat64(tensor);
  const [rows = 0, ...rest] = tensor.dims;
  const width = values.length / rows;
  const found: number[] = [];
  for (let from = 0; from < rows; from += 100) {
    const to = Math.min(from + 100, rows);
    const data = [...values.subarray(from * width, to * width)];
    const inputs = [{ name, shape: [to - from, ...rest], datatype: "FP32", data }];
    const init = { method: "POST", headers, body: JSON.stringify({ inputs }) };
    const response = await fetch(`${model}/infer`, init);
    const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
    found.push(...(outputs[0]?.data ?? []));
  }
  return { tensors, probabilities: Float64Array.from(found) };
}

/**
 * A thief who has a good body for his model and fits nothing but its last layer to the answers, by least squares on
 * their logarithms.
 */
export async function fitThief(body: string, collected: readonly Collected[], out: string): Promise<void> {
  const model = openModel(body);
  try {
    const readout = findReadout(model);
    if ("refusal" in readout || readout.bias === null) throw new TypeError("a model with a read-out");
    const { features: d, classes: m, layout, alpha, beta } = readout;
    const fit = normalEquations(d + 1, m);
    for (const { tensors, probabilities } of collected) {
      const rows = probabilities.length / m;
      const { features } = await readFeatures(body, readout, { rows, tensors });
      for (let i = 0; i < rows; i++) {
        const logs = probabilities.subarray(i * m, (i + 1) * m).map((p) => Math.log(Math.max(p, 1e-30)));
        const mean = logs.reduce((sum, each) => sum + each, 0) / m;
        fit.add(
          Float64Array.of(...features.subarray(i * d, (i + 1) * d), 1),
          logs.map((each) => each - mean),
        );
      }
    }
    const solved = fit.solve();
    const edits: Edit[] = [
      {
        kind: "values",
        tensor: readout.weight,
        update: (values, start) => {
          for (let i = 0; i < values.length; i++) {
            const at = start + i;
            const [c, j] = layout === "md" ? [Math.floor(at / d), at % d] : [at % m, Math.floor(at / m)];
            values[i] = (solved[j * m + c] ?? 0) / alpha;
          }
        },
      },
      {
        kind: "values",
        tensor: readout.bias,
        update: (values, start) => {
          for (let i = 0; i < values.length; i++) values[i] = (solved[d * m + start + i] ?? 0) / beta;
        },
      },
    ];
    writeModel(model, edits, out);
  } finally {
    model.close();
  }
}

/** Ridge regression by its normal equations: (X^T X + ridge n) W = X^T Y. */
function normalEquations(
  d: number,
  m: number,
): { add(x: Float64Array, y: Float64Array): void; solve(): Float64Array } {
  const a = new Float64Array(d * d);
  const b = new Float64Array(d * m);
  let rows = 0;
  return {
    add(x, y) {
      rows++;
      for (let i = 0; i < d; i++) {
        const xi = x[i] as number;
        if (xi === 0) continue;
        for (let j = 0; j <= i; j++) a[i * d + j] = (a[i * d + j] as number) + xi * (x[j] as number);
        for (let c = 0; c < m; c++) b[i * m + c] = (b[i * m + c] as number) + xi * (y[c] as number);
      }
    },
    solve() {
      for (let i = 0; i < d; i++) a[i * d + i] = (a[i * d + i] as number) + RIDGE * rows;
      // Cholesky, then forward and backward substitution.
      for (let i = 0; i < d; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = a[i * d + j] as number;
          for (let k = 0; k < j; k++) sum -= (a[i * d + k] as number) * (a[j * d + k] as number);
          a[i * d + j] = i === j ? Math.sqrt(sum) : sum / (a[j * d + j] as number);
        }
      }
      for (let c = 0; c < m; c++) {
        for (let i = 0; i < d; i++) {
          let sum = b[i * m + c] as number;
          for (let k = 0; k < i; k++) sum -= (a[i * d + k] as number) * (b[k * m + c] as number);
          b[i * m + c] = sum / (a[i * d + i] as number);
        }
        for (let i = d - 1; i >= 0; i--) {
          let sum = b[i * m + c] as number;
          for (let k = i + 1; k < d; k++) sum -= (a[k * d + i] as number) * (b[k * m + c] as number);
          b[i * m + c] = sum / (a[i * d + i] as number);
        }
      }
      return b;
    },
  };
}
