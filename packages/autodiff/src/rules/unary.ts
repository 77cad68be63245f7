import { numberOf, textOf } from "../attributes.js";
import { add, type Call, gradOf, input, output, real, type Rule } from "./rule.js";

/** The derivative of an elementwise function by its argument, from argument and result. */
type Slope = (call: Call, x: string, y: string) => string;

function times(slope: Slope): Rule {
  return (call) => [add(call, "Mul", [gradOf(call), slope(call, input(call, 0), output(call))])];
}

/** The gradient where a condition holds, a multiple of it elsewhere. */
function choose(call: Call, condition: string, elsewhere: string): string {
  return add(call, "Where", [condition, gradOf(call), elsewhere]);
}

function isPositive(call: Call, x: string): string {
  return add(call, "Greater", [x, real(call, 0)]);
}

function floatOf(call: Call, name: string, otherwise: number): string {
  return real(call, numberOf(call.node, name, otherwise));
}

function square(call: Call, x: string): string {
  return add(call, "Mul", [x, x]);
}

function oneMinus(call: Call, x: string): string {
  return add(call, "Sub", [real(call, 1), x]);
}

/** What comes out is never negative, so that its sign is the slope; a product is faster than a choice. */
const relu: Rule = (call) => [add(call, "Mul", [gradOf(call), add(call, "Sign", [output(call)])])];

const leakyRelu: Rule = (call) => {
  const slow = add(call, "Mul", [gradOf(call), floatOf(call, "alpha", 0.01)]);
  return [choose(call, isPositive(call, input(call, 0)), slow)];
};

/** y = alpha (exp(x) - 1) below zero, so the slope there is y + alpha. */
const elu: Rule = (call) => {
  const slope = add(call, "Add", [output(call), floatOf(call, "alpha", 1)]);
  return [choose(call, isPositive(call, input(call, 0)), add(call, "Mul", [gradOf(call), slope]))];
};

/** Constants of the operator's definition, rounded to float32 there. */
const SELU_ALPHA = 1.67326319217681884765625;
const SELU_GAMMA = 1.05070102214813232421875;

const selu: Rule = (call) => {
  const alpha = numberOf(call.node, "alpha", SELU_ALPHA);
  const gamma = numberOf(call.node, "gamma", SELU_GAMMA);
  const below = add(call, "Add", [output(call), real(call, alpha * gamma)]);
  const slope = add(call, "Where", [isPositive(call, input(call, 0)), real(call, gamma), below]);
  return [add(call, "Mul", [gradOf(call), slope])];
};

/** Whether the result lies strictly between bounds. */
function within(call: Call, y: string, low: number, high: number): string {
  return add(call, "And", [
    add(call, "Greater", [y, real(call, low)]),
    add(call, "Less", [y, real(call, high)]),
  ]);
}

const hardSigmoid: Rule = (call) => {
  const slope = add(call, "Mul", [gradOf(call), floatOf(call, "alpha", 0.2)]);
  return [add(call, "Where", [within(call, output(call), 0, 1), slope, real(call, 0)])];
};

/** x clip(x/6 + 1/2, 0, 1): slope x/3 + 1/2 between -3 and 3. */
const hardSwish: Rule = (call) => {
  const x = input(call, 0);
  const middle = add(call, "Add", [add(call, "Mul", [x, real(call, 1 / 3)]), real(call, 0.5)]);
  const outer = add(call, "Where", [isPositive(call, x), real(call, 1), real(call, 0)]);
  const slope = add(call, "Where", [within(call, x, -3, 3), middle, outer]);
  return [add(call, "Mul", [gradOf(call), slope])];
};

const sigmoid: Slope = (call, _, y) => add(call, "Mul", [y, oneMinus(call, y)]);
const tanh: Slope = (call, _, y) => oneMinus(call, square(call, y));

/** y = x / (1 + |x|), slope (1 - |y|)^2. */
const softsign: Slope = (call, _, y) => square(call, oneMinus(call, add(call, "Abs", [y])));

const erf: Slope = (call, x) =>
  add(call, "Mul", [
    real(call, 2 / Math.sqrt(Math.PI)),
    add(call, "Exp", [add(call, "Neg", [square(call, x)])]),
  ]);

const gelu: Slope = (call, x) =>
  textOf(call.node, "approximate", "none") === "tanh" ? geluTanh(call, x) : geluErf(call, x);

/** Phi(x) + x phi(x) with the normal distribution and its density. */
function geluErf(call: Call, x: string): string {
  const half = real(call, 0.5);
  const scaled = add(call, "Erf", [add(call, "Mul", [x, real(call, Math.SQRT1_2)])]);
  const below = add(call, "Add", [add(call, "Mul", [scaled, half]), half]);
  const bell = add(call, "Exp", [add(call, "Mul", [square(call, x), real(call, -0.5)])]);
  const density = add(call, "Mul", [bell, real(call, 1 / Math.sqrt(2 * Math.PI))]);
  return add(call, "Add", [below, add(call, "Mul", [x, density])]);
}

/** y = x (1 + t) / 2 with t = tanh(c (x + a x^3)). */
function geluTanh(call: Call, x: string): string {
  const [c, a] = [Math.sqrt(2 / Math.PI), 0.044715];
  const xx = square(call, x);
  const cubic = add(call, "Add", [add(call, "Mul", [xx, real(call, c * a)]), real(call, c)]);
  const t = add(call, "Tanh", [add(call, "Mul", [x, cubic])]);
  const inner = add(call, "Add", [add(call, "Mul", [xx, real(call, 3 * c * a)]), real(call, c)]);
  const slope = add(call, "Mul", [add(call, "Mul", [tanh(call, x, t), x]), inner]);
  const sum = add(call, "Add", [add(call, "Add", [t, real(call, 1)]), slope]);
  return add(call, "Mul", [sum, real(call, 0.5)]);
}

const sqrt: Rule = (call) => [
  add(call, "Div", [add(call, "Mul", [gradOf(call), real(call, 0.5)]), output(call)]),
];

const reciprocal: Slope = (call, _, y) => add(call, "Neg", [square(call, y)]);

export const UNARY: Readonly<Record<string, Rule>> = {
  Identity: (call) => [gradOf(call)],
  Neg: (call) => [add(call, "Neg", [gradOf(call)])],
  Abs: times((call, x) => add(call, "Sign", [x])),
  Exp: times((_, __, y) => y),
  Log: (call) => [add(call, "Div", [gradOf(call), input(call, 0)])],
  Sqrt: sqrt,
  Reciprocal: times(reciprocal),
  Sin: times((call, x) => add(call, "Cos", [x])),
  Cos: times((call, x) => add(call, "Neg", [add(call, "Sin", [x])])),
  Erf: times(erf),
  Gelu: times(gelu),
  Relu: relu,
  LeakyRelu: leakyRelu,
  Elu: elu,
  Selu: selu,
  Sigmoid: times(sigmoid),
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Tanh: times(tanh),
  Softplus: times((call, x) => add(call, "Sigmoid", [x])),
  Softsign: times(softsign),
};
