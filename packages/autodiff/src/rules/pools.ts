import { numberOf, numbersOf } from "../attributes.js";
import { shapeUnknown } from "../error.js";
import type { Dim } from "../shapes/value.js";
import { stepsOf, type Window, windowOf } from "../shapes/window.js";
import { scattered } from "./scatters.js";
import { spread } from "./broadcast.js";
import {
  add,
  type Call,
  castReal,
  counting,
  dimsOf,
  gradOf,
  input,
  nodeName,
  output,
  outputDims,
  real,
  reduce,
  type Rule,
  shapeOf,
  whole,
} from "./rule.js";

interface Pool extends Window {
  readonly spatial: readonly Dim[];
}

function poolOf(call: Call): Pool {
  const kernel = numbersOf(call.node, "kernel_shape") ?? [];
  const spatial = dimsOf(call, 0)?.slice(2) ?? kernel.map(() => "?");
  const window = windowOf(call.node, kernel, spatial);
  if (window === null) throw unknownSizes(call);
  return { ...window, spatial };
}

function unknownSizes(call: Call): Error {
  return shapeUnknown(call.node.op, nodeName(call), "the spatial sizes of its input");
}

/** Whether the windows lie side by side and none reaches past the input; columns may be left over at its end. */
function tiles({ kernel, strides, dilations, begins, ends, spatial, ceil }: Pool): boolean {
  return kernel.every((size, axis) => {
    const length = spatial[axis];
    return (
      strides[axis] === size &&
      (size === 1 || dilations[axis] === 1) &&
      begins[axis] === 0 &&
      ends[axis] === 0 &&
      typeof length === "number" &&
      (length % size === 0 || !ceil)
    );
  });
}

/** Columns at the end of each axis that no window covers. */
function leftOver({ kernel, spatial }: Pool): number[] {
  return kernel.map((size, axis) => Number(spatial[axis]) % size);
}

/** The part of the input that the windows cover. */
function covered(call: Call, pool: Pool, x: string): string {
  const rest = leftOver(pool);
  if (rest.every((count) => count === 0)) return x;
  const stops = rest.map((count, axis) => Number(pool.spatial[axis]) - count);
  const axes = counting(rest.length, 2);
  return add(call, "Slice", [
    x,
    whole(
      call,
      rest.map(() => 0),
    ),
    whole(call, stops),
    whole(call, axes),
  ]);
}

/** Zeros for what no window covers. */
function uncovered(call: Call, pool: Pool, grad: string): string {
  const rest = leftOver(pool);
  if (rest.every((count) => count === 0)) return grad;
  return add(call, "Pad", [grad, whole(call, [0, 0, ...rest.map(() => 0), 0, 0, ...rest])]);
}

/** Each number repeated over its window, for windows side by side; measured to be the runtime's fastest way. */
function repeated(call: Call, { kernel }: Pool, each: string): string {
  const scales = call.builder.constant([1, 1, ...kernel], "float32");
  return add(call, "Resize", [each, "", scales], {
    mode: "nearest",
    nearest_mode: "floor",
    coordinate_transformation_mode: "asymmetric",
  });
}

/**
 * Windows side by side: the elements that equal the maximum share the gradient, for equal ones are common where an
 * image is empty. What overlaps goes by the indices.
 */
const maxPool: Rule = (call) => {
  const pool = poolOf(call);
  const grad = gradBeforeRelu(call);
  // The runtime has AveragePool and Resize for float32 only.
  if (!tiles(pool) || call.type === "float64") return [scattered(call, grad, indicesOf(call))];
  const { kernel } = pool;
  const hits = castReal(
    call,
    add(call, "Equal", [covered(call, pool, input(call, 0)), repeated(call, pool, output(call))]),
  );
  const share = add(call, "AveragePool", [hits], {
    kernel_shape: { ints: kernel },
    strides: { ints: kernel },
  });
  const count = add(call, "Mul", [
    share,
    real(
      call,
      kernel.reduce((a, b) => a * b, 1),
    ),
  ]);
  const each = repeated(call, pool, add(call, "Div", [grad, count]));
  return [uncovered(call, pool, add(call, "Mul", [hits, each]))];
};

/**
 * Where the pooled value is nowhere used but here and comes from a Relu, the slope of that can be applied to the few
 * numbers that are left: a maximum above zero stands where the Relu let it pass.
 */
function gradBeforeRelu(call: Call): string {
  const grad = gradOf(call);
  if (!call.takeOver("Relu", input(call, 0))) return grad;
  const positive = add(call, "Greater", [output(call), real(call, 0)]);
  return add(call, "Where", [positive, grad, real(call, 0)]);
}

/** Where in the whole input the maxima lie. */
function indicesOf(call: Call): string {
  const own = call.node.outputs[1];
  if (own !== undefined && own !== "") return own;
  const { attributes } = call.node;
  const named = attributes instanceof Map ? Object.fromEntries(attributes) : attributes;
  return call.builder.addMany("MaxPool", call.node.inputs, 2, named)[1] ?? "";
}

/** Every window's number is given to all of its elements, and what overlaps is added up: [N, C, ...] to x's shape. */
function unpooled(call: Call, pool: Pool, each: string): string {
  const x = input(call, 0);
  const { kernel, strides, dilations, begins } = pool;
  if (tiles(pool)) return uncovered(call, pool, repeated(call, pool, each));
  const planes = add(call, "Reshape", [each, whole(call, [-1, 1, ...kernel.map(() => 0)])]);
  const ones = real(call, new Array<number>(kernel.reduce((a, b) => a * b, 1)).fill(1), [1, 1, ...kernel]);
  const long = add(call, "ConvTranspose", [planes, ones], {
    strides: { ints: strides },
    dilations: { ints: dilations },
    output_padding: { ints: strides.map((stride) => stride - 1) },
  });
  const spatial = add(call, "Slice", [shapeOf(call, x), whole(call, [2]), whole(call, [2 + kernel.length])]);
  const stops = add(call, "Add", [spatial, whole(call, begins)]);
  const cut = add(call, "Slice", [long, whole(call, begins), stops, whole(call, counting(kernel.length, 2))]);
  return add(call, "Reshape", [cut, shapeOf(call, x)]);
}

const averagePool: Rule = (call) => {
  const pool = poolOf(call);
  return [unpooled(call, pool, add(call, "Div", [gradOf(call), sharesOf(call, pool)]))];
};

/** How many elements each window's mean was taken over. */
function sharesOf(call: Call, pool: Pool): string {
  const padded = numberOf(call.node, "count_include_pad", 0) !== 0;
  const { kernel, spatial } = pool;
  const inside = [...pool.begins, ...pool.ends].every((pad) => pad === 0) || padded;
  if (inside && !pool.ceil)
    return real(
      call,
      kernel.reduce((a, b) => a * b, 1),
    );
  const counts = kernel.map((_, axis) => {
    const length = spatial[axis];
    if (typeof length !== "number") throw unknownSizes(call);
    return counting(stepsOf(pool, axis, length)).map((step) => elementsIn(pool, axis, length, step, padded));
  });
  const product = counts.reduce<number[]>((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
  return real(call, product, [1, 1, ...counts.map((axis) => axis.length)]);
}

/** Elements of one window along one axis that count. */
function elementsIn(pool: Pool, axis: number, length: number, step: number, padded: boolean): number {
  const begin = pool.begins[axis] ?? 0;
  const start = step * (pool.strides[axis] ?? 1) - begin;
  const [low, high] = padded ? [-begin, length + (pool.ends[axis] ?? 0)] : [0, length];
  return counting(pool.kernel[axis] ?? 1)
    .map((at) => start + at * (pool.dilations[axis] ?? 1))
    .filter((place) => place >= low && place < high).length;
}

/** y = (sum |x|^p)^(1/p): slope sign(x) (|x| / y)^(p - 1). */
function normSlope(call: Call, p: number, x: string, wide: (each: string) => string): string {
  const y = output(call);
  const power = add(call, "Pow", [y, real(call, 1 - p)]);
  const safe = add(call, "Where", [add(call, "Greater", [y, real(call, 0)]), power, real(call, 0)]);
  const each = wide(p === 1 ? gradOf(call) : add(call, "Mul", [gradOf(call), safe]));
  const size =
    p === 1 ? each : add(call, "Mul", [each, add(call, "Pow", [add(call, "Abs", [x]), real(call, p - 1)])]);
  return add(call, "Mul", [size, add(call, "Sign", [x])]);
}

const lpPool: Rule = (call) => {
  const pool = poolOf(call);
  return [normSlope(call, numberOf(call.node, "p", 2), input(call, 0), (each) => unpooled(call, pool, each))];
};

const globalLpPool: Rule = (call) => [
  normSlope(call, numberOf(call.node, "p", 2), input(call, 0), (each) => each),
];

const globalAveragePool: Rule = (call) => {
  const x = input(call, 0);
  const size = (name: string): string => castReal(call, add(call, "Size", [name]));
  const count = add(call, "Div", [size(x), size(output(call))]);
  return [spread(call, add(call, "Div", [gradOf(call), count]), x)];
};

/** Parts of equal size for equal maxima. */
const globalMaxPool: Rule = (call) => {
  const rank = (dimsOf(call, 0) ?? outputDims(call))?.length;
  if (rank === undefined) throw shapeUnknown("GlobalMaxPool", nodeName(call), "the rank of its input");
  const hits = castReal(call, add(call, "Equal", [input(call, 0), output(call)]));
  const count = reduce(call, "ReduceSum", hits, counting(rank - 2, 2), true);
  return [add(call, "Mul", [hits, add(call, "Div", [gradOf(call), count])])];
};

export const POOLS: Readonly<Record<string, Rule>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  GlobalLpPool: globalLpPool,
};
