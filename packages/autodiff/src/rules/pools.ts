import { numberOf, numbersOf } from "../attributes.js";
import { shapeUnknown } from "../error.js";
import type { Dim } from "../shapes/value.js";
import { stepsOf, type Window, windowOf } from "../shapes/window.js";
import { scattered } from "./moves.js";
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

/** Whether the windows lie side by side and cover the input exactly. */
function tiles({ kernel, strides, dilations, begins, ends, spatial }: Pool): boolean {
  return kernel.every((size, axis) => {
    const length = spatial[axis];
    return (
      strides[axis] === size &&
      dilations[axis] === 1 &&
      begins[axis] === 0 &&
      ends[axis] === 0 &&
      typeof length === "number" &&
      length % size === 0
    );
  });
}

/** [N, C, H, W] as [N C, H/k, k, W/k, k]. */
function blocks({ kernel, spatial }: Pool): number[] {
  return [-1, ...kernel.flatMap((size, axis) => [Number(spatial[axis]) / size, size])];
}

/** One number for each window, [N, C, H/k, W/k] as [N C, H/k, 1, W/k, 1]. */
function perBlock({ kernel, spatial }: Pool): number[] {
  return [-1, ...kernel.flatMap((size, axis) => [Number(spatial[axis]) / size, 1])];
}

const maxPool: Rule = (call) => {
  const pool = poolOf(call);
  if (!tiles(pool)) return [scattered(call, gradOf(call), indicesOf(call))];
  const wide = (name: string): string => add(call, "Reshape", [name, whole(call, perBlock(pool))]);
  const x = add(call, "Reshape", [input(call, 0), whole(call, blocks(pool))]);
  const hits = castReal(call, add(call, "Equal", [x, wide(output(call))]));
  const count = reduce(
    call,
    "ReduceSum",
    hits,
    pool.kernel.map((_, axis) => 2 + 2 * axis),
    true,
  );
  const each = add(call, "Div", [wide(gradOf(call)), count]);
  return [add(call, "Reshape", [add(call, "Mul", [hits, each]), shapeOf(call, input(call, 0))])];
};

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
  if (tiles(pool)) {
    const wide = add(call, "Reshape", [each, whole(call, perBlock(pool))]);
    const shape = blocks(pool).map((dim) => (dim === -1 ? 1 : dim));
    return add(call, "Reshape", [add(call, "Expand", [wide, whole(call, shape)]), shapeOf(call, x)]);
  }
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
  const whole = [...pool.begins, ...pool.ends].every((pad) => pad === 0) || padded;
  if (whole && !pool.ceil)
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
