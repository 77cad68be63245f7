import { ELEMENT_TYPES } from "@indicia/onnx/tensor";
import { numberOf, textOf } from "../attributes.js";
import { noGradient } from "../error.js";
import { add, type Call, castReal, gradOf, input, nodeName, output, real, type Rule } from "./rule.js";

const cast: Rule = (call) => {
  const { type } = call.value(input(call, 0));
  if (type !== "float32" && type !== "float64")
    throw noGradient(call.node.op, nodeName(call), `it is cast from ${type ?? "an unknown type"}`);
  return [add(call, "Cast", [gradOf(call)], { to: ELEMENT_TYPES.indexOf(type) })];
};

/** What was kept is scaled by 1 / (1 - ratio) in training, and passes as it is otherwise. */
const dropout: Rule = (call) => {
  const [ratio, training] = [input(call, 1), input(call, 2)];
  const fixed = call.builder.initializers.get(training);
  if (training === "" || (fixed !== undefined && Number(fixed.data[0]) === 0)) return [gradOf(call)];
  const share = ratio === "" ? real(call, 0.5) : castReal(call, ratio);
  const gain = add(call, "Reciprocal", [add(call, "Sub", [real(call, 1), share])]);
  const factor = add(call, "Where", [training, gain, real(call, 1)]);
  const kept = add(call, "Mul", [castReal(call, maskOf(call)), factor]);
  return [add(call, "Mul", [gradOf(call), kept])];
};

/** The second output of a Dropout, which is asked for where it was not. */
function maskOf(call: Call): string {
  const { builder, node } = call;
  const given = output(call, 1);
  if (given !== "") return given;
  const mask = builder.fresh("mask");
  builder.nodes.splice(builder.nodes.indexOf(node), 1, { ...node, outputs: [output(call), mask] });
  return mask;
}

/** A sum from the front is passed back as a sum from the end. */
const cumSum: Rule = (call) => [
  add(call, "CumSum", [gradOf(call), input(call, 1)], {
    exclusive: numberOf(call.node, "exclusive", 0),
    reverse: numberOf(call.node, "reverse", 0) === 0 ? 1 : 0,
  }),
];

/** One operand's gradient is the product of the result's with the other, where every axis is found in one of them. */
const einsum: Rule = (call) => {
  const [left = "", right] = textOf(call.node, "equation", "").replaceAll(" ", "").split("->");
  const terms = left.split(",");
  const result = right ?? onceIn(terms.join(""));
  const refuse = (why: string): Error => noGradient("Einsum", nodeName(call), why);
  if (left.includes(".")) throw refuse("it has an ellipsis");
  if (terms.some((term) => new Set(term).size < term.length)) throw refuse("it takes a diagonal");
  return terms.map((term, at) => {
    if (call.needs[at] !== true) return null;
    const others = terms.filter((_, other) => other !== at);
    const found = [result, ...others].join("");
    if (Array.from(term).some((letter) => !found.includes(letter)))
      throw refuse("it sums over an axis of one operand alone");
    const names = call.node.inputs.filter((_, other) => other !== at);
    return add(call, "Einsum", [gradOf(call), ...names], {
      equation: `${[result, ...others].join()}->${term}`,
    });
  });
};

/** The letters that occur once, sorted: what Einsum gives where it is not told. */
function onceIn(letters: string): string {
  const all = Array.from(letters);
  return all
    .filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
    .sort()
    .join("");
}

const trilu: Rule = (call) => {
  const inputs = [gradOf(call), ...call.node.inputs.slice(1)];
  return [add(call, "Trilu", inputs, { upper: numberOf(call.node, "upper", 1) })];
};

export const SPECIAL: Readonly<Record<string, Rule>> = {
  Cast: cast,
  CastLike: cast,
  Dropout: dropout,
  CumSum: cumSum,
  Einsum: einsum,
  Trilu: trilu,
};
