import {
  type ElementType,
  elementCount,
  numberToHalf,
  type Tensor,
  type TensorData,
  type ValueInfo,
} from "@indicia/onnx/tensor";
import { DataError } from "./error.js";
import { type RandomNumbers, randomNumbers } from "./random-numbers.js";

/** More random rows than anybody has asked for; a typing error should not fill the memory. */
const MAX_ROWS = 1_000_000;
/** All inputs together. */
const MAX_ELEMENTS = 2 ** 28;
/** Integers stay below this: a byte's range, which image and token models accept alike. */
const INTEGERS_BELOW = 256;

const DRAW: Partial<Record<ElementType, (count: number, numbers: RandomNumbers) => TensorData>> = {
  float32: (count, numbers) => new Float32Array(count).map(numbers.normal),
  float64: (count, numbers) => new Float64Array(count).map(numbers.normal),
  float16: (count, numbers) => new Uint16Array(count).map(() => numberToHalf(numbers.normal())),
  int8: (count, numbers) =>
    new Int8Array(count).map(() => numbers.below(INTEGERS_BELOW) - INTEGERS_BELOW / 2),
  uint8: (count, numbers) => new Uint8Array(count).map(() => numbers.below(INTEGERS_BELOW)),
  int16: (count, numbers) => new Int16Array(count).map(() => numbers.below(INTEGERS_BELOW)),
  uint16: (count, numbers) => new Uint16Array(count).map(() => numbers.below(INTEGERS_BELOW)),
  int32: (count, numbers) => new Int32Array(count).map(() => numbers.below(INTEGERS_BELOW)),
  uint32: (count, numbers) => new Uint32Array(count).map(() => numbers.below(INTEGERS_BELOW)),
  int64: (count, numbers) => new BigInt64Array(count).map(() => BigInt(numbers.below(INTEGERS_BELOW))),
  uint64: (count, numbers) => new BigUint64Array(count).map(() => BigInt(numbers.below(INTEGERS_BELOW))),
  bool: (count, numbers) => new Uint8Array(count).map(() => numbers.below(2)),
};

/**
 * Draw inputs by declared shape and type: standard normal for floats, 0 .. 255 for integers (-128 .. 127 for int8),
 * 0 or 1 for bool. The leading axis is the rows, whatever it is declared as; an input without axes is drawn once.
 *
 * @throws DataError RANDOM_INVALID for a bad count, an axis of unknown size or a type that cannot be drawn
 */
export function drawRandom(
  rows: number,
  inputs: readonly ValueInfo[],
  options: { readonly seed?: number } = {},
): Record<string, Tensor> {
  if (!(Number.isInteger(rows) && rows >= 1 && rows <= MAX_ROWS)) {
    throw invalid(`${rows} rows`, `Ask for 1 to ${MAX_ROWS} rows, for example random:256.`);
  }
  const tensors: Record<string, Tensor> = {};
  let total = 0;
  for (const input of inputs) {
    const dims = dimsOf(input, rows);
    total += elementCount(dims);
    if (total > MAX_ELEMENTS) throw invalid(`more than ${MAX_ELEMENTS} numbers`, "Ask for fewer rows.");
    // Each input has a stream of its own: one more input must not change the others.
    const numbers = randomNumbers(`${options.seed ?? 0}/${input.name}`);
    const type = input.type ?? "float32";
    tensors[input.name] = { type, dims, data: draw(input.name, type, elementCount(dims), numbers) };
  }
  return tensors;
}

function dimsOf({ name, dims }: ValueInfo, rows: number): number[] {
  if (dims === null) {
    throw invalid(`input "${name}" declares no shape`, "Give real data as .npy or .npz instead.");
  }
  return dims.map((dim, axis) => {
    if (axis === 0) return rows;
    if (typeof dim === "number" && dim > 0) return dim;
    const size = typeof dim === "string" ? `"${dim}"` : "unknown";
    throw invalid(`axis ${axis} of input "${name}" is ${size}`, "Give real data as .npy or .npz instead.");
  });
}

function draw(name: string, type: ElementType, count: number, numbers: RandomNumbers): TensorData {
  const drawn = DRAW[type]?.(count, numbers);
  if (drawn !== undefined) return drawn;
  throw invalid(`input "${name}" takes ${type}, which cannot be drawn`, "Give real data as .npz instead.");
}

function invalid(what: string, hint: string): DataError {
  return new DataError("RANDOM_INVALID", `random data cannot be drawn: ${what}`, hint);
}
