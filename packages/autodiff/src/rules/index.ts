import { BINARY } from "./binary.js";
import { CONVOLUTIONS } from "./convolutions.js";
import { MOVES } from "./moves.js";
import { NORMS } from "./norms.js";
import { POOLS } from "./pools.js";
import { PRODUCTS } from "./products.js";
import { REDUCTIONS } from "./reductions.js";
import type { Rule } from "./rule.js";
import { SCATTERS } from "./scatters.js";
import { SOFTMAX } from "./softmax.js";
import { SPECIAL } from "./special.js";
import { UNARY } from "./unary.js";

/** The gradient of every operator that has one. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...UNARY,
  ...BINARY,
  ...PRODUCTS,
  ...SOFTMAX,
  ...MOVES,
  ...REDUCTIONS,
  ...CONVOLUTIONS,
  ...POOLS,
  ...NORMS,
  ...SCATTERS,
  ...SPECIAL,
};

/** Operators whose results do not change with small changes of their inputs: nothing depends on floats through them. */
export const CONSTANT: ReadonlySet<string> = new Set(
  "Shape Size Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Not IsNaN IsInf ArgMax ArgMin NonZero Sign Floor Ceil Round ConstantOfShape Range OneHot EyeLike RandomNormalLike RandomUniformLike Bernoulli Multinomial".split(
    " ",
  ),
);
