import { numberOf } from "../attributes.js";
import { add, type Call, gradOf, output, reduce, type Rule } from "./rule.js";

function axisOf({ node }: Call): number {
  return numberOf(node, "axis", -1);
}

/** y (g - sum g y). */
const softmax: Rule = (call) => {
  const [grad, y] = [gradOf(call), output(call)];
  const weighted = reduce(call, "ReduceSum", add(call, "Mul", [grad, y]), [axisOf(call)], true);
  return [add(call, "Mul", [y, add(call, "Sub", [grad, weighted])])];
};

/** g - exp(y) sum g. */
const logSoftmax: Rule = (call) => {
  const grad = gradOf(call);
  const sum = reduce(call, "ReduceSum", grad, [axisOf(call)], true);
  return [add(call, "Sub", [grad, add(call, "Mul", [add(call, "Exp", [output(call)]), sum])])];
};

export const SOFTMAX: Readonly<Record<string, Rule>> = { Softmax: softmax, LogSoftmax: logSoftmax };
