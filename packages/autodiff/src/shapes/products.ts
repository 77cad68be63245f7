import { numberOf, textOf } from "../attributes.js";
import { broadcastDims, type Dim, type ShapeRule, valueAt } from "./value.js";

const matMul: ShapeRule = (call) => {
  const [a, b] = [valueAt(call, 0), valueAt(call, 1)];
  const type = a.type;
  if (a.dims === null || b.dims === null) return [{ type, dims: null }];
  const batch = broadcastDims([a.dims.slice(0, -2), b.dims.slice(0, -2)], call.unknown) ?? [];
  const rows = a.dims.length > 1 ? a.dims.slice(-2, -1) : [];
  const columns = b.dims.length > 1 ? b.dims.slice(-1) : [];
  return [{ type, dims: [...batch, ...rows, ...columns] }];
};

const gemm: ShapeRule = (call) => {
  const [a, b] = [valueAt(call, 0), valueAt(call, 1)];
  const side = (dims: readonly Dim[] | null, at: number): Dim => dims?.[at] ?? call.unknown();
  const rows = side(a.dims, numberOf(call.node, "transA", 0) === 0 ? 0 : 1);
  const columns = side(b.dims, numberOf(call.node, "transB", 0) === 0 ? 1 : 0);
  return [{ type: a.type, dims: [rows, columns] }];
};

const einsum: ShapeRule = (call) => {
  const type = valueAt(call, 0).type;
  const [left = "", right] = textOf(call.node, "equation", "").replaceAll(" ", "").split("->");
  const sizes = new Map<string, Dim>();
  for (const [at, term] of left.split(",").entries())
    for (const [axis, letter] of Array.from(term).entries()) {
      const dim = valueAt(call, at).dims?.[axis];
      if (dim !== undefined) sizes.set(letter, dim);
    }
  if (right === undefined || left.includes(".")) return [{ type, dims: null }];
  return [{ type, dims: Array.from(right, (letter) => sizes.get(letter) ?? call.unknown()) }];
};

/** Whole sequences, then the last states: what comes after a recurrent layer can be trained though it cannot. */
const recurrent: ShapeRule = (call) => {
  const [x, weights] = [valueAt(call, 0), valueAt(call, 1)];
  const ways = weights.dims?.[0] ?? call.unknown();
  const hidden = numberOf(call.node, "hidden_size", 0);
  const length = x.dims?.[0] ?? call.unknown();
  const batch = x.dims?.[1] ?? call.unknown();
  if (numberOf(call.node, "layout", 0) !== 0) return [];
  const last = { type: x.type, dims: [ways, batch, hidden] };
  return [{ type: x.type, dims: [length, ways, batch, hidden] }, last, last];
};

export const PRODUCTS: Readonly<Record<string, ShapeRule>> = {
  MatMul: matMul,
  Gemm: gemm,
  Einsum: einsum,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};
