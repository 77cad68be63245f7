import type { NodeSpec } from "@indicia/onnx/build";
import type { ElementType } from "@indicia/onnx/tensor";

/** A size, or the name of one that is known only when the model runs; equal names are equal sizes. */
export type Dim = number | string;

/** What can be told of a value before the model runs. */
export interface Value {
  readonly type: ElementType | null;
  /** null where not even the rank is known. */
  readonly dims: readonly Dim[] | null;
  /** The elements of a small tensor of integers, as shapes are computed from. */
  readonly ints?: readonly Dim[];
}

/** What the shape of a node's outputs is told from. */
export interface ShapeCall {
  readonly node: NodeSpec;
  readonly opset: number;
  /** By place; null for an input left out. */
  readonly inputs: readonly (Value | null)[];
  /** A name for a size that cannot be told. */
  readonly unknown: () => Dim;
}

export type ShapeRule = (call: ShapeCall) => readonly (Value | null)[];

export function valueAt({ inputs }: ShapeCall, at: number): Value {
  return inputs[at] ?? { type: null, dims: null };
}

/** Axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Whole numbers where all of them are known. */
export function numbersIn(dims: readonly Dim[] | null | undefined): number[] | null {
  const numbers = (dims ?? []).filter((dim) => typeof dim === "number");
  return dims !== null && dims !== undefined && numbers.length === dims.length ? numbers : null;
}

/** Product of sizes, null where one is unknown. */
export function productOf(dims: readonly Dim[]): number | null {
  return numbersIn(dims)?.reduce((product, dim) => product * dim, 1) ?? null;
}

/** Shape of what several shapes are broadcast to, as numpy does it. */
export function broadcastDims(
  shapes: readonly (readonly Dim[] | null)[],
  unknown: () => Dim,
): readonly Dim[] | null {
  let out: readonly Dim[] = [];
  for (const shape of shapes) {
    if (shape === null) return null;
    const rank = Math.max(out.length, shape.length);
    const [a, b] = [padded(out, rank), padded(shape, rank)];
    out = a.map((x, i) => broadcastDim(x, b[i] ?? 1, unknown));
  }
  return out;
}

function broadcastDim(x: Dim, y: Dim, unknown: () => Dim): Dim {
  if (x === y || y === 1) return x;
  if (x === 1) return y;
  if (typeof x === "number") return x;
  return typeof y === "number" ? y : unknown();
}

/** A shape with ones in front. */
export function padded(dims: readonly Dim[], rank: number): Dim[] {
  return [...new Array<Dim>(Math.max(0, rank - dims.length)).fill(1), ...dims];
}
