import { numberOf, numbersOf } from "../attributes.js";
import {
  axisOf,
  broadcastDims,
  type Dim,
  numbersIn,
  productOf,
  type ShapeCall,
  type ShapeRule,
  type Value,
  valueAt,
} from "./value.js";

/** Axes given as the input at a place, or as an attribute; null where they are absent, "unknown" where computed. */
export function axesAt(call: ShapeCall, at: number): readonly number[] | null | "unknown" {
  const attribute = numbersOf(call.node, "axes");
  if (attribute !== null) return attribute;
  const value = call.inputs[at];
  if (value === null || value === undefined) return null;
  return numbersIn(value.ints) ?? "unknown";
}

const reshape: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const target = valueAt(call, 1);
  const length = target.dims?.[0];
  const wanted =
    target.ints ?? (typeof length === "number" ? Array.from({ length }, () => call.unknown()) : null);
  if (wanted === null) return [{ type, dims: null }];
  const zero = numberOf(call.node, "allowzero", 0) === 0;
  const out = wanted.map((dim, at) => (dim === 0 && zero ? (dims?.[at] ?? call.unknown()) : dim));
  const open = out.indexOf(-1);
  if (open >= 0) out[open] = rest(dims, out) ?? call.unknown();
  return [{ type, dims: out }];
};

/** What -1 stands for: equal sizes on both sides cancel. */
function rest(dims: readonly Dim[] | null, out: readonly Dim[]): Dim | null {
  if (dims === null) return null;
  const left = [...dims];
  const right = out.filter((dim) => dim !== -1 && !(typeof dim === "string" && cancel(left, dim)));
  const [total, known] = [productOf(left), productOf(right)];
  if (known === 1 && left.length === 1) return left[0] ?? null;
  return total === null || known === null || known === 0 ? null : total / known;
}

function cancel(list: Dim[], dim: Dim): boolean {
  const at = list.indexOf(dim);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

const flatten: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  if (dims === null) return [{ type, dims: [call.unknown(), call.unknown()] }];
  const axis = axisOf(numberOf(call.node, "axis", 1), dims.length);
  const side = (part: readonly Dim[]): Dim =>
    part.length === 1 ? (part[0] ?? 1) : (productOf(part) ?? call.unknown());
  return [{ type, dims: [side(dims.slice(0, axis)), side(dims.slice(axis))] }];
};

const squeeze: ShapeRule = (call) => {
  const { type, dims, ints } = valueAt(call, 0);
  const axes = axesAt(call, 1);
  if (dims === null || axes === "unknown" || (axes === null && numbersIn(dims) === null))
    return [{ type, dims: null }];
  const gone = axes?.map((axis) => axisOf(axis, dims.length));
  const left = dims.filter((dim, at) => (gone === undefined ? dim !== 1 : !gone.includes(at)));
  return [ints === undefined ? { type, dims: left } : { type, dims: left, ints }];
};

const unsqueeze: ShapeRule = (call) => {
  const { type, dims, ints } = valueAt(call, 0);
  const axes = axesAt(call, 1);
  if (dims === null || axes === null || axes === "unknown") return [{ type, dims: null }];
  const rank = dims.length + axes.length;
  const fresh = axes.map((axis) => axisOf(axis, rank));
  const old = [...dims];
  const out = Array.from({ length: rank }, (_, at) => (fresh.includes(at) ? 1 : (old.shift() ?? 1)));
  return [ints === undefined ? { type, dims: out } : { type, dims: out, ints }];
};

const transpose: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  if (dims === null) return [{ type, dims }];
  const order = numbersOf(call.node, "perm") ?? dims.map((_, at) => dims.length - 1 - at);
  return [{ type, dims: order.map((at) => dims[at] ?? call.unknown()) }];
};

const concat: ShapeRule = (call) => {
  const values = call.inputs.map((_, at) => valueAt(call, at));
  const [first] = values;
  if (first === undefined || values.some(({ dims }) => dims === null))
    return [{ type: first?.type ?? null, dims: null }];
  const axis = axisOf(numberOf(call.node, "axis", 0), first.dims?.length ?? 0);
  const lengths = numbersIn(values.map(({ dims }) => dims?.[axis] ?? ""));
  const total = lengths?.reduce((sum, length) => sum + length, 0) ?? call.unknown();
  const dims = (first.dims ?? []).map((dim, at) => (at === axis ? total : commonDim(values, at, dim)));
  const ints = values.flatMap((value) => value.ints ?? []);
  const known = values.every((value) => value.ints !== undefined);
  return [known ? { type: first.type, dims, ints } : { type: first.type, dims }];
};

function commonDim(values: readonly Value[], axis: number, otherwise: Dim): Dim {
  return values.map(({ dims }) => dims?.[axis]).find((dim) => typeof dim === "number") ?? otherwise;
}

const split: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const count = call.node.outputs.length;
  if (dims === null) return call.node.outputs.map(() => ({ type, dims: null }));
  const axis = axisOf(numberOf(call.node, "axis", 0), dims.length);
  const sizes = numbersOf(call.node, "split") ?? call.inputs[1]?.ints ?? evenParts(dims[axis], count);
  return Array.from({ length: count }, (_, part) => ({
    type,
    dims: dims.map((dim, at) => (at === axis ? (sizes?.[part] ?? call.unknown()) : dim)),
  }));
};

/** Parts of equal size, the last one smaller where it does not come out even. */
function evenParts(length: Dim | undefined, count: number): number[] | null {
  if (typeof length !== "number") return null;
  const each = Math.ceil(length / count);
  return Array.from({ length: count }, (_, part) => Math.min(each, length - part * each));
}

const slice: ShapeRule = (call) => {
  const { type, dims, ints } = valueAt(call, 0);
  if (dims === null) return [{ type, dims }];
  const [starts, ends] = [numbersIn(call.inputs[1]?.ints), numbersIn(call.inputs[2]?.ints)];
  const axes = call.inputs[3] ? numbersIn(call.inputs[3].ints) : (starts?.map((_, at) => at) ?? null);
  const steps = call.inputs[4] ? numbersIn(call.inputs[4].ints) : (starts?.map(() => 1) ?? null);
  if (starts === null || ends === null || axes === null || steps === null)
    return [{ type, dims: dims.map(() => call.unknown()) }];
  const out = [...dims];
  let kept = ints;
  for (const [at, given] of axes.entries()) {
    const axis = axisOf(given, dims.length);
    const [length, step] = [dims[axis], steps[at] ?? 1];
    if (typeof length !== "number") out[axis] = call.unknown();
    else {
      const indices = sliceIndices(length, starts[at] ?? 0, ends[at] ?? 0, step);
      out[axis] = indices.length;
      kept = kept === undefined ? undefined : indices.flatMap((index) => kept?.slice(index, index + 1) ?? []);
    }
  }
  return [kept === undefined ? { type, dims: out } : { type, dims: out, ints: kept }];
};

/** Indices that Slice takes along one axis. */
export function sliceIndices(length: number, start: number, end: number, step: number): number[] {
  const clamp = (x: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, x < 0 ? x + length : x));
  const out: number[] = [];
  if (step > 0) for (let i = clamp(start, 0, length); i < clamp(end, 0, length); i += step) out.push(i);
  else for (let i = clamp(start, 0, length - 1); i > clamp(end, -1, length - 1); i += step) out.push(i);
  return out;
}

const pad: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  if (dims === null) return [{ type, dims }];
  const pads = numbersIn(call.inputs[1]?.ints);
  const axes = call.inputs[3] ? numbersIn(call.inputs[3].ints) : dims.map((_, at) => at);
  if (pads === null || axes === null) return [{ type, dims: dims.map(() => call.unknown()) }];
  const out = [...dims];
  for (const [at, given] of axes.entries()) {
    const axis = axisOf(given, dims.length);
    const total = (pads[at] ?? 0) + (pads[at + axes.length] ?? 0);
    const length = dims[axis];
    if (total !== 0) out[axis] = typeof length === "number" ? length + total : call.unknown();
  }
  return [{ type, dims: out }];
};

const gather: ShapeRule = (call) => {
  const [data, indices] = [valueAt(call, 0), valueAt(call, 1)];
  if (data.dims === null || indices.dims === null) return [{ type: data.type, dims: null }];
  const axis = axisOf(numberOf(call.node, "axis", 0), data.dims.length);
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
  const places = numbersIn(indices.ints);
  const { ints } = data;
  if (ints === undefined || places === null) return [{ type: data.type, dims }];
  return [{ type: data.type, dims, ints: places.map((at) => ints.at(at) ?? call.unknown()) }];
};

const gatherElements: ShapeRule = (call) => [{ type: valueAt(call, 0).type, dims: valueAt(call, 1).dims }];

const topK: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const count = call.inputs[1]?.ints?.[0] ?? call.unknown();
  const axis = axisOf(numberOf(call.node, "axis", -1), dims?.length ?? 0);
  const out = dims?.map((dim, at) => (at === axis ? count : dim)) ?? null;
  return [
    { type, dims: out },
    { type: "int64", dims: out },
  ];
};

/** Without batch axes: as many axes of the data are left as the indices do not name. */
const gatherNd: ShapeRule = (call) => {
  const [data, indices] = [valueAt(call, 0), valueAt(call, 1)];
  const named = indices.dims?.at(-1);
  if (data.dims === null || indices.dims === null || typeof named !== "number")
    return [{ type: data.type, dims: null }];
  const batch = numberOf(call.node, "batch_dims", 0);
  return [{ type: data.type, dims: [...indices.dims.slice(0, -1), ...data.dims.slice(batch + named)] }];
};

const expand: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const { ints } = valueAt(call, 1);
  return [{ type, dims: ints === undefined ? null : broadcastDims([dims, ints], call.unknown) }];
};

const tile: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const repeats = numbersIn(call.inputs[1]?.ints);
  return [
    {
      type,
      dims:
        dims?.map((dim, at) => {
          const times = repeats?.[at];
          if (times === 1) return dim;
          return typeof dim === "number" && times !== undefined ? dim * times : call.unknown();
        }) ?? null,
    },
  ];
};

export const MOVES: Readonly<Record<string, ShapeRule>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  TopK: topK,
  Expand: expand,
  Tile: tile,
};
