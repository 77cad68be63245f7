import { unbroadcast } from "./broadcast.js";
import { add, type Call, castReal, gradOf, input, output, outputDims, real, type Rule } from "./rule.js";

/** Gradient by each input, of the broadcast shape. */
type Part = (call: Call, at: number) => string;

/** An operator of inputs that are broadcast. */
function broadcasting(part: Part): Rule {
  return (call) =>
    call.node.inputs.map((name, at) =>
      call.needs[at] === true ? unbroadcast(call, part(call, at), outputDims(call), name) : null,
    );
}

const mul: Part = (call, at) => add(call, "Mul", [gradOf(call), input(call, 1 - at)]);

const div: Part = (call, at) => {
  const quotient = add(call, "Div", [gradOf(call), input(call, 1)]);
  return at === 0 ? quotient : add(call, "Neg", [add(call, "Mul", [quotient, output(call)])]);
};

/** By the base: g b a^(b-1); by the exponent: g a^b ln a, zero where the base is not positive. */
const pow: Part = (call, at) => {
  const [base, exponent] = [input(call, 0), exponentOf(call)];
  if (at === 0) {
    const less = add(call, "Sub", [exponent, real(call, 1)]);
    // Without the choice the slope of x^0 at 0 would be 0 times infinity.
    const safe = add(call, "Where", [add(call, "Equal", [exponent, real(call, 0)]), real(call, 0), less]);
    const slope = add(call, "Mul", [exponent, add(call, "Pow", [base, safe])]);
    return add(call, "Mul", [gradOf(call), slope]);
  }
  const positive = add(call, "Greater", [base, real(call, 0)]);
  const logarithm = add(call, "Log", [add(call, "Where", [positive, base, real(call, 1)])]);
  return add(call, "Mul", [gradOf(call), add(call, "Mul", [output(call), logarithm])]);
};

/** The exponent may be of another type than the base. */
function exponentOf(call: Call): string {
  const name = input(call, 1);
  return call.value(name).type === call.type ? name : castReal(call, name);
}

/** The gradient goes to the inputs that attain the extreme, in equal parts. */
const extreme: Part = (call, at) => {
  const hits = call.node.inputs.map((name) => castReal(call, add(call, "Equal", [name, output(call)])));
  const count = hits.length === 1 ? (hits[0] ?? "") : add(call, "Sum", hits);
  return add(call, "Mul", [gradOf(call), add(call, "Div", [hits[at] ?? "", count])]);
};

const mean: Part = (call) => add(call, "Mul", [gradOf(call), real(call, 1 / call.node.inputs.length)]);

const where: Part = (call, at) => {
  const none = real(call, 0);
  const grad = gradOf(call);
  return add(call, "Where", [input(call, 0), ...(at === 1 ? [grad, none] : [none, grad])]);
};

/** By the argument: g or slope g; by the slope: g x below zero. */
const pRelu: Part = (call, at) => {
  const x = input(call, 0);
  const positive = add(call, "Greater", [x, real(call, 0)]);
  const scaled = add(call, "Mul", [gradOf(call), at === 0 ? input(call, 1) : x]);
  return add(call, "Where", [positive, at === 0 ? gradOf(call) : real(call, 0), scaled]);
};

/** The gradient passes where the argument lies within the bounds; the bounds get what they hold back. */
const clip: Rule = (call) => {
  const [x, low, high] = [input(call, 0), input(call, 1), input(call, 2)];
  const none = real(call, 0);
  let inner = gradOf(call);
  const grads: (string | null)[] = [];
  if (low !== "") inner = add(call, "Where", [add(call, "Less", [x, low]), none, inner]);
  if (high !== "") inner = add(call, "Where", [add(call, "Greater", [x, high]), none, inner]);
  grads.push(inner);
  for (const [at, op] of [
    [1, "Less"],
    [2, "Greater"],
  ] as const) {
    const bound = input(call, at);
    const wanted = bound !== "" && call.needs[at] === true;
    const held = wanted ? add(call, "Where", [add(call, op, [x, bound]), gradOf(call), none]) : "";
    grads.push(wanted ? unbroadcast(call, held, outputDims(call), bound) : null);
  }
  return grads;
};

export const BINARY: Readonly<Record<string, Rule>> = {
  Add: broadcasting(gradOf),
  Sub: broadcasting((call, at) => (at === 0 ? gradOf(call) : add(call, "Neg", [gradOf(call)]))),
  Mul: broadcasting(mul),
  Div: broadcasting(div),
  Pow: broadcasting(pow),
  Min: broadcasting(extreme),
  Max: broadcasting(extreme),
  Sum: broadcasting(gradOf),
  Mean: broadcasting(mean),
  Where: broadcasting(where),
  PRelu: broadcasting(pRelu),
  Clip: clip,
};
