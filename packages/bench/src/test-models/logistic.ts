import { matmul } from "@indicia/runtime/kernels";
import { minimise } from "./minimise.js";
import { standardisation, standardise } from "./standardise.js";

/** z = W^T h + b. */
export interface LinearReadout {
  /** W, row-major [features, classes]. */
  readonly weights: Float64Array;
  /** b, length classes. */
  readonly bias: Float64Array;
}

export interface Labelled {
  /** Row-major [n, features]. */
  readonly features: Float32Array;
  /** Class indices, length n. */
  readonly labels: Int32Array;
}

/**
 * Fit a multinomial logistic regression: the mean negative log-likelihood plus ridge / 2 times the squared weights
 * of the standardised features (C. Bishop, "Pattern Recognition and Machine Learning", section 4.3.4).
 *
 * @param options.ridge weight of the penalty
 * @param options.iterations steps of the minimiser at most
 */
export async function fitLogistic(
  { features, labels }: Labelled,
  options: { readonly classes: number; readonly ridge: number; readonly iterations: number },
): Promise<LinearReadout> {
  const n = labels.length;
  const d = features.length / n;
  const m = options.classes;
  const scaling = standardisation(features, d);
  const x = standardise(features, scaling);
  const transposed = transpose(x, n, d);
  const fitted = await minimise(
    async (at) => {
      const weights = Float32Array.from(at.subarray(0, d * m));
      const logits = await matmul(x, [n, d], weights, [d, m]);
      const { errors, biasErrors, loss } = errorsOf(logits, at.subarray(d * m), labels);
      const gradient = new Float64Array(at.length);
      gradient.set(await matmul(transposed, [d, n], errors, [n, m]));
      gradient.set(biasErrors, d * m);
      let penalty = 0;
      for (let i = 0; i < d * m; i++) {
        const weight = at[i] ?? 0;
        penalty += (weight * weight * options.ridge) / 2;
        gradient[i] = (gradient[i] ?? 0) + weight * options.ridge;
      }
      return { value: loss + penalty, gradient };
    },
    new Float64Array(d * m + m),
    { iterations: options.iterations },
  );
  return unscale(fitted, scaling, d, m);
}

/**
 * The factor on the logits that makes held-out answers likeliest (temperature scaling; C. Guo et al., "On Calibration
 * of Modern Neural Networks", ICML 2017), between 1/8 and 8, by golden section.
 *
 * @param logits row-major [n, classes]
 */
export function fitSharpness(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  const loss = (exponent: number): number =>
    errorsOf(
      logits.map((z) => z * 2 ** exponent),
      new Float64Array(classes),
      labels,
    ).loss;
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = -3;
  let high = 3;
  for (let i = 0; i < 24; i++) {
    const width = (high - low) * ratio;
    if (loss(high - width) < loss(low + width)) high = low + width;
    else low = high - width;
  }
  return 2 ** ((low + high) / 2);
}

/** Probabilities minus the truth, over n; their sums by class; the mean negative log-likelihood. */
function errorsOf(
  logits: Float32Array,
  bias: Float64Array,
  labels: Int32Array,
): { errors: Float32Array; biasErrors: Float64Array; loss: number } {
  const n = labels.length;
  const m = bias.length;
  const errors = new Float32Array(n * m);
  const biasErrors = new Float64Array(m);
  const row = new Float64Array(m);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < m; c++) {
      row[c] = (logits[i * m + c] ?? 0) + (bias[c] ?? 0);
      largest = Math.max(largest, row[c] ?? 0);
    }
    let sum = 0;
    for (let c = 0; c < m; c++) sum += Math.exp((row[c] ?? 0) - largest);
    const label = labels[i] ?? 0;
    loss += (largest + Math.log(sum) - (row[label] ?? 0)) / n;
    for (let c = 0; c < m; c++) {
      const error = (Math.exp((row[c] ?? 0) - largest) / sum - (c === label ? 1 : 0)) / n;
      errors[i * m + c] = error;
      biasErrors[c] = (biasErrors[c] ?? 0) + error;
    }
  }
  return { errors, biasErrors, loss };
}

/** The same read-out for features as they come. */
function unscale(
  fitted: Float64Array,
  scaling: { readonly mean: Float64Array; readonly deviation: Float64Array },
  d: number,
  m: number,
): LinearReadout {
  const weights = fitted.slice(0, d * m);
  const bias = fitted.slice(d * m);
  for (let j = 0; j < d; j++) {
    for (let c = 0; c < m; c++) {
      const weight = (weights[j * m + c] ?? 0) / (scaling.deviation[j] ?? 1);
      weights[j * m + c] = weight;
      bias[c] = (bias[c] ?? 0) - weight * (scaling.mean[j] ?? 0);
    }
  }
  return { weights, bias };
}

function transpose(a: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j] ?? 0;
  return out;
}
