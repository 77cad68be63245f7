import type { LooseModel } from "@indicia/onnx/decode";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { addToWeights, changeWeights } from "./change-weights.js";
import { floats } from "./loose.js";
import type { Random } from "./random.js";
import { walk } from "./sites.js";

/** Set the smallest weights of each tensor to zero. @param share 0 .. 1 */
export function prune(model: LooseModel, share: number): LooseModel {
  return changeWeights(model, (values) => {
    const sizes = values.map(Math.abs).sort();
    const limit = sizes[Math.floor(share * sizes.length)] ?? 0;
    return values.map((value) => (Math.abs(value) < limit ? 0 : value));
  });
}

/** Every weight rounded to so many bits within its block, as four-bit formats do, and stored as floats again. */
export function rounded(model: LooseModel, bits: number, block: number): LooseModel {
  return changeWeights(model, (values) => {
    const out = new Float32Array(values.length);
    for (let from = 0; from < values.length; from += block) {
      const part = values.subarray(from, from + block);
      const least = Math.min(0, ...part);
      const step = (Math.max(0, ...part) - least) / (2 ** bits - 1) || 1;
      const zero = Math.round(-least / step);
      for (const [i, value] of part.entries()) {
        const q = Math.min(2 ** bits - 1, Math.max(0, Math.round(value / step) + zero));
        out[from + i] = (q - zero) * step;
      }
    }
    return out;
  });
}

/** Gaussian noise. @param size in units of each row's root mean square */
export function noise(model: LooseModel, size: number, random: Random): LooseModel {
  return addToWeights(model, () => size * random.normal());
}

/** A stranger's own +-1 pattern laid over. @param size in units of each row's root mean square */
export function overwrite(model: LooseModel, size: number, random: Random): LooseModel {
  return addToWeights(model, () => size * random.sign());
}

/** Move every weight away from zero. @param size in units of each row's root mean square */
export function shift(model: LooseModel, size: number): LooseModel {
  return addToWeights(model, (value) => size * Math.sign(value));
}

/** The mean of several models of the same shape, as recipients who pool their copies would form it. */
export function average(models: readonly LooseModel[]): LooseModel {
  const [first, ...others] = models;
  if (first === undefined) throw new RangeError("there is nothing to average");
  return changeWeights(first, (values, { tensor }) => {
    const sum = Float64Array.from(values);
    for (const other of others) {
      const theirs = floats(other.tensors.get(tensor));
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (theirs?.[i] ?? 0);
    }
    return Float32Array.from(sum, (value) => value / models.length);
  });
}

/** Columns of a matrix beyond which a singular value decomposition takes minutes. */
const MAX_DECOMPOSED = 600;

/** Leave each matrix the largest of its singular values. @param share of them that is kept, 0 .. 1 */
export function lowRank(model: LooseModel, share: number): LooseModel {
  return changeWeights(model, (values, site, dims) => {
    const width = values.length / site.out;
    if (Math.min(site.out, width) > MAX_DECOMPOSED) return values;
    const matrix = Matrix.zeros(site.out, width);
    const next = new Int32Array(site.out);
    const places = new Int32Array(values.length);
    walk(dims, site, (at, out) => {
      const column = next[out] ?? 0;
      next[out] = column + 1;
      matrix.set(out, column, values[at] ?? 0);
      places[out * width + column] = at;
    });
    const kept = truncated(matrix, share);
    const changed = new Float32Array(values.length);
    for (let i = 0; i < places.length; i++)
      changed[places[i] ?? 0] = kept.get(Math.floor(i / width), i % width);
    return changed;
  });
}

function truncated(matrix: Matrix, share: number): Matrix {
  const {
    leftSingularVectors: u,
    rightSingularVectors: v,
    diagonal,
  } = new SingularValueDecomposition(matrix, {
    autoTranspose: true,
  });
  const rank = Math.max(1, Math.round(share * diagonal.length));
  const scaled = u.subMatrix(0, u.rows - 1, 0, rank - 1).mulRowVector(diagonal.slice(0, rank));
  return scaled.mmul(v.subMatrix(0, v.rows - 1, 0, rank - 1).transpose());
}
