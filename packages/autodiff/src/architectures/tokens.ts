import { dense, relu, type Sketch, weight } from "./sketch.js";

/** Most tokens that are read together. */
const WINDOW = 8;

/**
 * Tokens [length] by a table of vectors, read a few at a time by one dense layer with a bias for every place; of what
 * that finds, the mean and the largest over all places, and two dense layers.
 *
 * @param vocabulary tokens with a vector of their own; others are taken for the nearest of them
 * @param width of the table; the layers have four and eight times as many units
 */
export function tokenNetwork(sketch: Sketch, classes: number, vocabulary: number, width: number): void {
  const { builder } = sketch;
  const { add, constant } = builder;
  const [length = 1] = sketch.dims;
  const window = windowOf(length);
  const places = length / window;
  const units = 4 * width;
  const wide = add("Cast", [sketch.value], { to: INT64 });
  const known = add("Clip", [wide, constant(0, "int64"), constant(vocabulary - 1, "int64")]);
  const vectors = add("Gather", [weight(sketch, "table", [vocabulary, width], 1, 1), known], { axis: 0 });
  const read = add("Reshape", [vectors, constant([0, places, window * width], "int64")]);
  const product = add("MatMul", [
    read,
    weight(sketch, "reader.weight", [window * width, units], window * width, 2),
  ]);
  sketch.value = add("Add", [product, weight(sketch, "reader.bias", [places, units], units, 0)]);
  relu(sketch);
  const mean = add("ReduceMean", [sketch.value], { axes: { ints: [1] }, keepdims: 0 });
  const largest = add("ReduceMax", [sketch.value], { axes: { ints: [1] }, keepdims: 0 });
  sketch.value = add("Concat", [mean, largest], { axis: 1 });
  sketch.dims = [2 * units];
  dense(sketch, 2 * units);
  relu(sketch);
  dense(sketch, classes, 1);
}

/** ELEMENT_TYPES' number. */
const INT64 = 7;

function windowOf(length: number): number {
  for (let window = Math.min(WINDOW, length); window > 1; window--) if (length % window === 0) return window;
  return 1;
}
