import { dense, flatten, relu, type Sketch } from "./sketch.js";

/** Dense layers of the given widths, with Relu between them. */
export function perceptron(sketch: Sketch, classes: number, widths: readonly number[]): void {
  flatten(sketch);
  for (const width of widths) {
    dense(sketch, width);
    relu(sketch);
  }
  dense(sketch, classes, 1);
}
