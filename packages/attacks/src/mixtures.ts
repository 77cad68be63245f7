import type { LooseModel, LooseNode } from "@indicia/onnx/decode";
import { inverse, Matrix, QrDecomposition } from "ml-matrix";
import { nothingToDo } from "./error.js";
import { channelGroups } from "./groups.js";
import { float32, floats } from "./loose.js";
import type { Random } from "./random.js";
import { type Site, weightSites } from "./sites.js";

/** Operators through which a linear map of channels passes. */
const LINEAR = new Set(["Identity", "Dropout", "Add", "Sub", "ReduceMean", "SimplifiedLayerNormalization"]);
/** Widest hidden layer that is rotated; decompositions beyond take minutes. */
const MAX_WIDTH = 600;

/**
 * Hidden channels between linear maps, rotated by a random orthogonal matrix. A norm without gains does not see it (S.
 * Ashkboos et al., "SliceGPT", ICLR 2024, section 3), so that whole residual streams can be rotated.
 */
export function rotate(model: LooseModel, random: Random): LooseModel {
  const groups = channelGroups(model).filter(
    ({ ops, consumers, producers, parameters, channels }) =>
      channels <= MAX_WIDTH &&
      [...ops].every((op) => LINEAR.has(op)) &&
      consumers.every(({ times }) => times === 1) &&
      parameters.every(
        ({ tensor, role }) => role === "bias" || floats(model.tensors.get(tensor))?.every((g) => g === 1),
      ) &&
      [...producers, ...consumers.map(({ site }) => site)].every(({ kind }) => kind !== "conv"),
  );
  if (groups.length === 0) throw nothingToDo("no hidden channels between linear maps alone");
  for (const { channels, producers, consumers, parameters } of groups) {
    const q = new QrDecomposition(randomMatrix(random, channels)).orthogonalMatrix;
    for (const site of producers) mixOut(model, site, q);
    for (const { site } of consumers) mixInn(model, site, q.transpose());
    for (const { tensor, role } of parameters) {
      if (role !== "bias") continue;
      const stored = model.tensors.get(tensor);
      const column = Matrix.columnVector([...(floats(stored) ?? [])]);
      if (stored !== undefined)
        model.tensors.set(tensor, float32(stored.dims, Float32Array.from(q.mmul(column).to1DArray())));
    }
  }
  return model;
}

/** Attention with the maps before its products multiplied by invertible matrices that the products undo. */
export function mixAttention(model: LooseModel, random: Random): LooseModel {
  const sites = weightSites(model);
  const siteOf = (value: string): Site | undefined =>
    sites.find(({ node, kind }) => kind === "matmul" && node.outputs[0] === value);
  const maker = (value: string): LooseNode | undefined =>
    model.nodes.find(({ outputs }) => outputs.includes(value));
  let mixed = 0;
  for (const product of model.nodes.filter(({ op }) => op === "MatMul")) {
    const [a = "", b = ""] = product.inputs;
    const turned = maker(b);
    const [query, key] = [siteOf(a), siteOf(turned?.op === "Transpose" ? (turned.inputs[0] ?? "") : "")];
    if (query !== undefined && key !== undefined && query.out === key.out && query.out <= MAX_WIDTH) {
      const map = invertible(random, query.out);
      mixOut(model, query, map);
      mixOut(model, key, inverse(map).transpose());
      mixed++;
    }
    const value = siteOf(b);
    const after = sites.find(({ node, kind }) => kind === "matmul" && node.inputs[0] === product.outputs[0]);
    if (value !== undefined && after !== undefined && value.out === after.inn && value.out <= MAX_WIDTH) {
      const map = invertible(random, value.out);
      mixOut(model, value, map);
      mixInn(model, after, inverse(map));
      mixed++;
    }
  }
  if (mixed === 0) throw nothingToDo("no attention that is spelled out");
  return model;
}

function randomMatrix(random: Random, size: number): Matrix {
  return Matrix.from1DArray(
    size,
    size,
    Array.from({ length: size * size }, () => random.normal()),
  );
}

/** A well-conditioned matrix that is far from a rotation. */
function invertible(random: Random, size: number): Matrix {
  const q = new QrDecomposition(randomMatrix(random, size)).orthogonalMatrix;
  return q.mulColumnVector(Array.from({ length: size }, () => Math.exp(0.5 * random.normal())));
}

/** Output channels multiplied by a matrix: y' = map y. */
function mixOut(model: LooseModel, site: Site, map: Matrix): void {
  const stored = matrixOf(model, site);
  store(model, site, map.mmul(stored));
}

/** Input channels that come multiplied by the inverse of a matrix: W' = W map. */
function mixInn(model: LooseModel, site: Site, map: Matrix): void {
  store(model, site, matrixOf(model, site).mmul(map));
}

/** Weights as [out, inn]. */
function matrixOf(model: LooseModel, { tensor, outAxis, out, inn }: Site): Matrix {
  const values = [...(floats(model.tensors.get(tensor)) ?? [])];
  return outAxis === 0
    ? Matrix.from1DArray(out, inn, values)
    : Matrix.from1DArray(inn, out, values).transpose();
}

function store(model: LooseModel, { tensor, outAxis }: Site, matrix: Matrix): void {
  const dims = model.tensors.get(tensor)?.dims ?? [];
  const ordered = outAxis === 0 ? matrix : matrix.transpose();
  model.tensors.set(tensor, float32(dims, Float32Array.from(ordered.to1DArray())));
}
