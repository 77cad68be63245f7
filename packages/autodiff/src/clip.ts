import type { Builder } from "./builder.js";

/** Keeps the factor finite where every gradient is zero. */
const TINY = 1e-6;

/**
 * Scale gradients down together where the norm of all of them is above a limit (R. Pascanu and others, "On the
 * difficulty of training recurrent neural networks", 2013, algorithm 1).
 *
 * @returns names of the clipped gradients, in the given order
 */
export function clipByNorm(builder: Builder, gradients: readonly string[], limit: number): string[] {
  const { add, constant } = builder;
  const squares = gradients.map((gradient) => add("ReduceSumSquare", [gradient], { keepdims: 0 }));
  const norm = add("Sqrt", [add("Sum", squares)]);
  const factor = add("Min", [add("Div", [constant(limit), add("Add", [norm, constant(TINY)])]), constant(1)]);
  return gradients.map((gradient) => add("Mul", [gradient, factor]));
}
