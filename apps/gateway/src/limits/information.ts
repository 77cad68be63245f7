import type { ValueInfo } from "@indicia/onnx/tensor";
import type { OutputPolicy } from "../defences/output-policy.js";

/** Bits of a float32 that an answer can tell: its significand, with the hidden bit. */
const FLOAT_BITS = 24;
/** Logits of a trained classifier lie within about +-32: what a rounded one can be is counted over this range. */
const LOGIT_RANGE = 64;

/** What has to be known of a classifier's output. */
export interface ShownScores {
  readonly classes: number;
  readonly scale: "logits" | "probabilities";
}

/**
 * Most bits that one answer can tell of a model: the logarithm of the number of different answers that the policy lets
 * out. What an answer really tells is less, since answers are alike; a budget needs no more than an upper bound that
 * puts policies in their order.
 *
 * - labels: log2 m.
 * - full: the values, 24 bits each; probabilities have one fewer that is free.
 * - top-k: which k of m, and their values.
 * - rounded to d decimals: for probabilities the ways to part 10^d into m whole numbers, C(10^d + m - 1, m - 1); for
 *   logits one of 64 * 10^d + 1 values each.
 *
 * No policy counts for more than full, nor for less than labels.
 *
 * @returns bits per row, at least 1
 */
export function bitsShown(policy: OutputPolicy, { classes, scale }: ShownScores): number {
  const least = Math.max(1, Math.log2(Math.max(2, classes)));
  const free = scale === "probabilities" ? Math.max(1, classes - 1) : classes;
  const full = Math.max(least, free * FLOAT_BITS);
  const bits = bitsUnder(policy, { classes: Math.max(2, classes), scale }, { least, full });
  return Math.min(full, Math.max(least, bits));
}

function bitsUnder(
  policy: OutputPolicy,
  { classes, scale }: ShownScores,
  { least, full }: { readonly least: number; readonly full: number },
): number {
  switch (policy.kind) {
    case "labels":
      return least;
    case "full":
      return full;
    case "top-k":
      return policy.k >= classes ? full : log2Choose(classes, policy.k) + policy.k * FLOAT_BITS;
    case "round": {
      const steps = 10 ** policy.decimals;
      return scale === "probabilities"
        ? log2Choose(steps + classes - 1, classes - 1)
        : classes * Math.log2(LOGIT_RANGE * steps + 1);
    }
  }
}

/** log2 of the binomial coefficient, as a sum over the smaller side. */
function log2Choose(n: number, k: number): number {
  let bits = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) bits += Math.log2((n - i + 1) / i);
  return bits;
}

/**
 * The same for a model of which only the declared outputs are known: floats with a class axis count as logits under the
 * policy, which is applied to them; others with 24 bits for every value.
 *
 * @param outputs sizes that are left open count as 1
 */
export function bitsDeclared(policy: OutputPolicy, outputs: readonly ValueInfo[]): number {
  const bits = outputs.map(({ type, dims }) => {
    const values = (dims ?? [])
      .slice(1)
      .reduce<number>((all, dim) => all * (typeof dim === "number" ? dim : 1), 1);
    const scores = type !== null && type.startsWith("float") && (dims?.length ?? 0) >= 2;
    return scores ? bitsShown(policy, { classes: values, scale: "logits" }) : values * FLOAT_BITS;
  });
  return Math.max(
    1,
    bits.reduce((sum, each) => sum + each, 0),
  );
}
