import type { Edit } from "@indicia/onnx/edit";
import type { Basis } from "./basis.js";
import type { Readout } from "./find.js";

/**
 * The read-out mark z' = z + (eps / sqrt(k)) V^T phi(x) as a change of the stored W and b. Nothing is added to the
 * graph: a read-out without a bias has a basis through the origin and needs none.
 *
 * @param carrier V, +1/-1, row-major [k, m]
 * @param strength eps, in logits per unit of phi
 */
export function readoutEdits(
  readout: Readout,
  mark: { readonly basis: Basis; readonly carrier: Int8Array; readonly strength: number },
): { readonly edits: Edit[]; readonly changeSquared: number } {
  const { features: d, classes: m, layout, alpha, beta } = readout;
  const change = weightChange(mark.basis, mark.carrier, m, mark.strength);
  const edits: Edit[] = [
    {
      kind: "values",
      tensor: readout.weight,
      update: (values, start) => {
        for (let i = 0; i < values.length; i++) {
          const index = start + i;
          const [c, j] =
            layout === "md" ? [Math.floor(index / d), index % d] : [index % m, Math.floor(index / m)];
          values[i] = (values[i] ?? 0) + (change[c * d + j] ?? 0) / alpha;
        }
      },
    },
  ];
  const shift = biasChange(change, mark.basis.mean, m, d);
  if (readout.bias !== null) {
    edits.push({
      kind: "values",
      tensor: readout.bias,
      update: (values, start) => {
        for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (shift[start + i] ?? 0) / beta;
      },
    });
  }
  let changeSquared = 0;
  for (const value of change) changeSquared += (value / alpha) ** 2;
  return { edits, changeSquared };
}

/** (eps / sqrt(k)) V^T B, row-major [m, d]. */
function weightChange(basis: Basis, carrier: Int8Array, m: number, strength: number): Float64Array {
  const { features: d, dimensions: k, rows } = basis;
  const change = new Float64Array(m * d);
  const scale = strength / Math.sqrt(k);
  for (let r = 0; r < k; r++) {
    for (let c = 0; c < m; c++) {
      const sign = scale * (carrier[r * m + c] ?? 0);
      for (let j = 0; j < d; j++)
        change[c * d + j] = (change[c * d + j] ?? 0) + sign * (rows[r * d + j] ?? 0);
    }
  }
  return change;
}

/** -(change) mu, length m: the tilt has mean zero on the calibration data. */
function biasChange(change: Float64Array, mean: Float64Array, m: number, d: number): Float64Array {
  const shift = new Float64Array(m);
  for (let c = 0; c < m; c++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum -= (change[c * d + j] ?? 0) * (mean[j] ?? 0);
    shift[c] = sum;
  }
  return shift;
}

/**
 * What the mark adds to the logits of given rows, for a strength of 1.
 *
 * @param phi row-major [n, k]
 * @returns row-major [n, m]
 */
export function unitTilt(
  phi: Float64Array,
  carrier: Int8Array,
  shape: { n: number; k: number; m: number },
): Float64Array {
  const { n, k, m } = shape;
  const tilt = new Float64Array(n * m);
  const scale = 1 / Math.sqrt(k);
  for (let i = 0; i < n; i++) {
    const own = tilt.subarray(i * m, (i + 1) * m);
    const byTwos = k - (k % 2);
    // Two at a time, in the same order as one by one: each sum is taken up and put down half as often.
    for (let r = 0; r < byTwos; r += 2) {
      const p = scale * (phi[i * k + r] ?? 0);
      const q = scale * (phi[i * k + r + 1] ?? 0);
      const at = r * m;
      for (let c = 0; c < m; c++)
        own[c] = (own[c] ?? 0) + p * (carrier[at + c] ?? 0) + q * (carrier[at + m + c] ?? 0);
    }
    for (let r = byTwos; r < k; r++) {
      const p = scale * (phi[i * k + r] ?? 0);
      for (let c = 0; c < m; c++) own[c] = (own[c] ?? 0) + p * (carrier[r * m + c] ?? 0);
    }
  }
  return tilt;
}
