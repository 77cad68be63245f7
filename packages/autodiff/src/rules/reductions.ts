import { numberOf, numbersOf } from "../attributes.js";
import { counting, dimsOf } from "./rule.js";
import { spread } from "./broadcast.js";
import {
  add,
  type Call,
  castReal,
  gradOf,
  input,
  output,
  outputDims,
  real,
  type Rule,
  whole,
} from "./rule.js";

/** The axes that a reduction goes over: a list, "all", or the name of the input that holds them. */
type Axes = readonly number[] | "all" | { readonly name: string };

function axesOf(call: Call): Axes {
  const fixed = numbersOf(call.node, "axes");
  if (fixed !== null) return fixed.length === 0 ? "all" : fixed;
  const name = input(call, 1);
  if (name === "") return "all";
  const known = call.value(name).ints;
  const numbers = known?.filter((axis) => typeof axis === "number");
  if (known === undefined || numbers?.length !== known.length) return { name };
  return numbers.length === 0 ? "all" : numbers;
}

function isIdentity(call: Call): boolean {
  return axesOf(call) === "all" && numberOf(call.node, "noop_with_empty_axes", 0) !== 0;
}

/** A value of the reduced shape with the lost axes put back as ones. */
function kept(call: Call, value: string): string {
  if (numberOf(call.node, "keepdims", 1) !== 0) return value;
  const axes = axesOf(call);
  if (axes === "all") {
    const dims = dimsOf(call, 0);
    // A scalar is broadcast to anything, but the rank of what is reduced may matter to a comparison.
    return dims === null
      ? value
      : add(call, "Reshape", [
          value,
          whole(
            call,
            dims.map(() => 1),
          ),
        ]);
  }
  return add(call, "Unsqueeze", [value, "name" in axes ? axes.name : whole(call, axes)]);
}

/** How many elements each result stands for, as a float. */
function counted(call: Call): string {
  const size = (name: string): string => castReal(call, add(call, "Size", [name]));
  const [from, to] = [dimsOf(call, 0), outputDims(call)];
  const axes = axesOf(call);
  const lengths = axes === "all" ? from : "name" in axes ? null : axes.map((axis) => from?.at(axis) ?? "");
  const known = lengths?.filter((dim) => typeof dim === "number");
  if (lengths !== null && known?.length === lengths.length && to !== null)
    return real(
      call,
      known.reduce((product, dim) => product * dim, 1),
    );
  return add(call, "Div", [size(input(call, 0)), size(output(call))]);
}

/** The gradient of the reduced value times something of the whole shape. */
type Factor = (call: Call, x: string, y: string) => string;

function scaled(factor: Factor): Rule {
  return (call) => {
    if (isIdentity(call)) return [identitySlope(call, factor)];
    const y = kept(call, output(call));
    return [add(call, "Mul", [kept(call, gradOf(call)), factor(call, input(call, 0), y)])];
  };
}

function identitySlope(call: Call, factor: Factor): string {
  return add(call, "Mul", [gradOf(call), factor(call, input(call, 0), output(call))]);
}

const sum: Rule = (call) => [
  isIdentity(call) ? gradOf(call) : spread(call, kept(call, gradOf(call)), input(call, 0)),
];

const mean: Rule = (call) => {
  if (isIdentity(call)) return [gradOf(call)];
  const each = add(call, "Div", [kept(call, gradOf(call)), counted(call)]);
  return [spread(call, each, input(call, 0))];
};

/** The gradient goes to the elements that attain the extreme, in equal parts. */
const extreme: Rule = (call) => {
  if (isIdentity(call)) return [gradOf(call)];
  const x = input(call, 0);
  const hits = castReal(call, add(call, "Equal", [x, kept(call, output(call))]));
  const axes = axesOf(call);
  const all = dimsOf(call, 0);
  const over =
    axes === "all"
      ? all === null
        ? []
        : [whole(call, counting(all.length))]
      : "name" in axes
        ? [axes.name]
        : [whole(call, axes)];
  const ties = add(call, "ReduceSum", [hits, ...over], { keepdims: 1 });
  return [add(call, "Mul", [hits, add(call, "Div", [kept(call, gradOf(call)), ties])])];
};

export const REDUCTIONS: Readonly<Record<string, Rule>> = {
  ReduceSum: sum,
  ReduceMean: mean,
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceL1: scaled((call, x) => add(call, "Sign", [x])),
  ReduceL2: scaled((call, x, y) => add(call, "Div", [x, y])),
  ReduceSumSquare: scaled((call, x) => add(call, "Mul", [x, real(call, 2)])),
  ReduceLogSum: scaled((call, x, y) => {
    void x;
    return spread(call, add(call, "Exp", [add(call, "Neg", [y])]), input(call, 0));
  }),
  ReduceLogSumExp: scaled((call, x, y) => add(call, "Exp", [add(call, "Sub", [x, y])])),
};
