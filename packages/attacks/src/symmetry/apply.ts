import { elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { withFloats } from "../floats.js";
import type { Atom } from "./atoms.js";
import type { Place, Space } from "./space.js";

/** A tensor seen as [outer, size, inner] with a space in the middle. */
interface View {
  readonly outer: number;
  readonly inner: number;
}

/** @param sizeOf sizes of atoms, where they have changed since the spaces were found */
export function viewOf(
  { dims }: Tensor,
  { axis, before, after }: Place,
  sizeOf: (atom: Atom) => number = ({ size }) => size,
): View {
  return {
    outer: elementCount([...dims.slice(0, axis), ...before.map(sizeOf)]),
    inner: elementCount([...dims.slice(axis + 1), ...after.map(sizeOf)]),
  };
}

/** Reorder: coordinate i of the result is coordinate `order[i]` of before, wherever the space lies. */
export function reorder(model: EditableModel, { size, places }: Space, order: Uint32Array): void {
  for (const place of places) {
    const tensor = stored(model, place);
    model.initializers.set(place.tensor, gatherAxis(tensor, place, viewOf(tensor, place), size, order));
  }
}

/** Other coordinates on the axis of a space: `order.length` of them, each a copy of one that was there. */
export function gatherAxis(
  tensor: Tensor,
  { axis }: Place,
  { outer, inner }: View,
  size: number,
  order: Uint32Array,
): Tensor {
  const { data, type } = tensor;
  if (!ArrayBuffer.isView(data)) throw new TypeError("strings do not change places");
  const block = inner * data.BYTES_PER_ELEMENT;
  const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const to = new Uint8Array(outer * order.length * block);
  for (let o = 0; o < outer; o++) {
    for (const [i, j] of order.entries()) {
      const start = (o * size + j) * block;
      to.set(from.subarray(start, start + block), (o * order.length + i) * block);
    }
  }
  const make = data.constructor as new (buffer: ArrayBuffer) => typeof data;
  const dims = tensor.dims.map((dim, i) => (i === axis ? (dim / size) * order.length : dim));
  return { type, dims, data: new make(to.buffer) };
}

/** Multiply each coordinate of the space by a factor, and divide where its values are taken. */
export function multiply(model: EditableModel, { size, places }: Space, factors: Float64Array): void {
  for (const place of places) {
    const tensor = stored(model, place);
    const values = toFloat64(tensor);
    const { dual } = place;
    const { inner } = viewOf(tensor, place);
    for (let at = 0; at < values.length; at++) {
      const factor = factors[Math.floor(at / inner) % size] ?? 1;
      values[at] = dual ? (values[at] ?? 0) / factor : (values[at] ?? 0) * factor;
    }
    model.initializers.set(place.tensor, withFloats(tensor, values));
  }
}

/** A matrix, row-major [size, size], and the transpose of its inverse. */
export interface Mixing {
  readonly matrix: Float64Array;
  readonly dual: Float64Array;
}

/**
 * Multiply the space by matrices, and by their inverse transposes where its values are taken.
 *
 * @param mixing by the index of the block, counted over what comes before the space in the tensor
 */
export function mix(model: EditableModel, { size, places }: Space, mixing: (block: number) => Mixing): void {
  for (const place of places) {
    const tensor = stored(model, place);
    const from = toFloat64(tensor);
    const to = new Float64Array(from.length);
    const { dual } = place;
    const { outer, inner } = viewOf(tensor, place);
    for (let o = 0; o < outer; o++) {
      const chosen = mixing(o);
      const matrix = dual ? chosen.dual : chosen.matrix;
      const base = o * size * inner;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const factor = matrix[i * size + j] ?? 0;
          if (factor === 0) continue;
          const [target, source] = [base + i * inner, base + j * inner];
          for (let k = 0; k < inner; k++)
            to[target + k] = (to[target + k] ?? 0) + factor * (from[source + k] ?? 0);
        }
      }
    }
    model.initializers.set(place.tensor, withFloats(tensor, to));
  }
}

export function stored(model: EditableModel, { tensor: name }: Pick<Place, "tensor">): Tensor {
  const tensor = model.initializers.get(name);
  if (tensor === undefined) throw new TypeError(`no initialiser "${name}"`);
  return tensor;
}
