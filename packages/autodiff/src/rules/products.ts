import { numberOf } from "../attributes.js";
import { shapeUnknown } from "../error.js";
import { unbroadcast } from "./broadcast.js";
import {
  add,
  type Call,
  counting,
  dimsOf,
  gradOf,
  input,
  nodeName,
  outputDims,
  real,
  type Rule,
  unsqueeze,
  whole,
} from "./rule.js";
import type { Dim } from "../shapes/value.js";

/** Exchange the last two axes. */
function transposed(call: Call, name: string, rank: number): string {
  const order = [...counting(rank - 2), rank - 1, rank - 2];
  return add(call, "Transpose", [name], { perm: { ints: order } });
}

/**
 * dA = G B^T and dB = A^T G. A factor without batch axes sees one large matrix, which is faster than a sum over many
 * small ones; an axis of 1 stands in for a vector.
 */
const matMul: Rule = (call) => {
  const [a, b] = [dimsOf(call, 0), dimsOf(call, 1)];
  if (a === null || b === null) throw shapeUnknown("MatMul", nodeName(call), "the ranks of its factors");
  const left = a.length === 1 ? unsqueeze(call, input(call, 0), [0]) : input(call, 0);
  const right = b.length === 1 ? unsqueeze(call, input(call, 1), [1]) : input(call, 1);
  const rank = Math.max(a.length, b.length, 2);
  const axes = [...(a.length === 1 ? [rank - 2] : []), ...(b.length === 1 ? [rank - 1] : [])];
  const grad = axes.length === 0 ? gradOf(call) : unsqueeze(call, gradOf(call), axes);
  const [aRank, bRank] = [Math.max(a.length, 2), Math.max(b.length, 2)];
  const batch = (outputDims(call) ?? []).slice(0, rank - 2);
  const wide = (dims: readonly (Dim | undefined)[]): Dim[] | null =>
    dims.some((dim) => dim === undefined) ? null : [...batch, ...dims.filter((dim) => dim !== undefined)];
  const back = (value: string, from: Dim[] | null, at: number, own: readonly Dim[]): string => {
    if (own.length > 1) return unbroadcast(call, value, from, input(call, at));
    // Of a vector's gradient all other axes are summed away.
    const flat = add(call, "Reshape", [value, whole(call, [-1, Number(own[0])])]);
    return add(call, "ReduceSum", [flat, whole(call, [0])], { keepdims: 0 });
  };
  const [n, k, m] = [a.length === 1 ? 1 : a.at(-2), a.at(-1), b.length === 1 ? 1 : b.at(-1)];
  for (const [at, own] of [a, b].entries())
    if (own.length === 1 && typeof own[0] !== "number" && call.needs[at] === true)
      throw shapeUnknown("MatMul", nodeName(call), "the length of a vector");
  const byLeft =
    call.needs[0] === true
      ? back(add(call, "MatMul", [grad, transposed(call, right, bRank)]), wide([n, k]), 0, a)
      : null;
  if (call.needs[1] !== true) return [byLeft];
  if (bRank === 2 && aRank > 2 && b.length === 2 && typeof k === "number" && typeof m === "number") {
    const rows = (name: string, width: number): string =>
      add(call, "Reshape", [name, whole(call, [-1, width])]);
    const product = add(call, "Gemm", [rows(left, k), rows(grad, m)], { transA: 1 });
    return [byLeft, product];
  }
  return [byLeft, back(add(call, "MatMul", [transposed(call, left, aRank), grad]), wide([k, m]), 1, b)];
};

/** Y = alpha A' B' + beta C, where a prime is a transposition or none. */
const gemm: Rule = (call) => {
  const { node, needs } = call;
  const [transA, transB] = [numberOf(node, "transA", 0) !== 0, numberOf(node, "transB", 0) !== 0];
  const alpha = { float: numberOf(node, "alpha", 1) };
  const beta = numberOf(node, "beta", 1);
  const [a, b, c] = [input(call, 0), input(call, 1), input(call, 2)];
  const grad = gradOf(call);
  const product = (x: string, y: string, tx: boolean, ty: boolean): string =>
    add(call, "Gemm", [x, y], { alpha, transA: tx ? 1 : 0, transB: ty ? 1 : 0 });
  const byA = transA ? () => product(b, grad, transB, true) : () => product(grad, b, false, !transB);
  const byB = transB ? () => product(grad, a, true, transA) : () => product(a, grad, !transA, false);
  const byC = (): string => {
    const scaled = beta === 1 ? grad : add(call, "Mul", [grad, real(call, beta)]);
    return unbroadcast(call, scaled, outputDims(call), c);
  };
  return [
    needs[0] === true ? byA() : null,
    needs[1] === true ? byB() : null,
    needs[2] === true && c !== "" ? byC() : null,
  ];
};

export const PRODUCTS: Readonly<Record<string, Rule>> = {
  MatMul: matMul,
  Gemm: gemm,
};
