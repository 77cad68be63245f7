import type { Matrix, MatrixShape } from "./matrix.js";

/** A tensor of the reference to be found in a suspect. */
export interface Target extends MatrixShape {
  readonly label: string;
  /** Place among the reference's tensors, 0 .. 1. */
  readonly place: number;
  load(): Matrix;
}

/** A target's counterpart, brought into the reference's order, signs and scale. */
export interface Aligned<T> {
  /** By its numbers, or by its singular values, which is all that two rotations leave. */
  readonly by: "alignment" | "spectrum";
  /** What was kept of its matrix, which is in the target's canonical order, NaN where the suspect has nothing. */
  readonly kept: T;
  /** Ids of the suspect's tensors that it was put together from. */
  readonly tensors: readonly string[];
  /** What had to be undone, in words. */
  readonly undone: readonly string[];
}

/** What an alignment found. */
export interface Alignment<T> {
  /** By label, targets of which something was found. */
  readonly aligned: ReadonlyMap<string, Aligned<T>>;
  /** Whether the search ended at its limit, with hypotheses left. */
  readonly exhausted: boolean;
}
