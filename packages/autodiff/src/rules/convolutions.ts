import { numberOf, numbersOf, textOf } from "../attributes.js";
import { noGradient, shapeUnknown } from "../error.js";
import { type Dim, numbersIn } from "../shapes/value.js";
import { type Window, windowOf } from "../shapes/window.js";
import {
  add,
  type Call,
  counting,
  dimsOf,
  gradOf,
  input,
  nodeName,
  outputDims,
  reduce,
  type Rule,
  shapeOf,
  whole,
} from "./rule.js";

/** What a convolution's gradients are computed from: sizes of the kernel and how it goes over the axes. */
interface Shape extends Window {
  readonly group: number;
  /** The weight's own, [M, C / group, ...kernel] (of ConvTranspose [C, M / group, ...kernel]). */
  readonly weight: readonly number[];
  /** Spatial sizes of the larger side, which the kernel goes over. */
  readonly spatial: readonly Dim[];
}

function shapeOfConv(call: Call): Shape {
  const weight = numbersIn(dimsOf(call, 1));
  if (weight === null) throw shapeUnknown(call.node.op, nodeName(call), "the shape of its weight");
  const kernel = weight.slice(2);
  const transposed = call.node.op === "ConvTranspose";
  const spatial = (transposed ? outputDims(call) : dimsOf(call, 0))?.slice(2) ?? kernel.map(() => "?");
  const automatic = textOf(call.node, "auto_pad", "NOTSET").startsWith("SAME");
  if (transposed && (automatic || numbersOf(call.node, "output_shape") !== null))
    throw noGradient("ConvTranspose", nodeName(call), "its padding is given by the shape of its output");
  const window = windowOf(call.node, kernel, spatial);
  if (window === null) throw shapeUnknown(call.node.op, nodeName(call), "the spatial sizes of its input");
  return { ...window, weight, spatial, group: numberOf(call.node, "group", 1) };
}

function windowAttributes({
  strides,
  dilations,
  begins,
  ends,
  group,
}: Omit<Shape, "weight" | "spatial" | "kernel" | "ceil">): {
  strides: { ints: readonly number[] };
  dilations: { ints: readonly number[] };
  pads: { ints: readonly number[] };
  group: number;
} {
  return {
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: [...begins, ...ends] },
    group,
  };
}

const conv: Rule = (call) => {
  const shape = shapeOfConv(call);
  const [x, w] = [input(call, 0), input(call, 1)];
  const grad = gradOf(call);
  return [
    call.needs[0] === true ? inputGradient(call, shape, grad, w) : null,
    call.needs[1] === true ? weightGradient(call, shape, x, grad) : null,
    call.needs[2] === true ? biasGradient(call, shape, grad) : null,
  ];
};

/** y = ConvTranspose(x, w) is the gradient of a convolution by its input, so its own gradients are that convolution's. */
const convTranspose: Rule = (call) => {
  const shape = shapeOfConv(call);
  const [x, w] = [input(call, 0), input(call, 1)];
  const grad = gradOf(call);
  const extra = numbersOf(call.node, "output_padding") ?? [];
  if (extra.some((count, axis) => count >= (shape.strides[axis] ?? 1)))
    throw noGradient("ConvTranspose", nodeName(call), "its output padding is as large as its stride");
  return [
    call.needs[0] === true ? add(call, "Conv", [grad, w], windowAttributes(shape)) : null,
    call.needs[1] === true ? weightGradient(call, shape, grad, x) : null,
    call.needs[2] === true ? biasGradient(call, shape, grad) : null,
  ];
};

function biasGradient(call: Call, { kernel }: Shape, grad: string): string {
  return reduce(call, "ReduceSum", grad, [0, ...counting(kernel.length, 2)], false);
}

function inputGradient(call: Call, shape: Shape, grad: string, w: string): string {
  const { kernel, strides, dilations, begins, ends, group } = shape;
  const reaches = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? 1));
  const before = reaches.map((reach, axis) => reach - (begins[axis] ?? 0));
  const after = reaches.map((reach, axis) => reach - (ends[axis] ?? 0));
  // With stride 1 it is a convolution with the kernel turned round, for which the runtime has its fastest code.
  if (
    group === 1 &&
    strides.every((stride) => stride === 1) &&
    [...before, ...after].every((pad) => pad >= 0)
  ) {
    const ones = kernel.map(() => 1);
    const attributes = windowAttributes({ strides: ones, dilations, begins: before, ends: after, group });
    return add(call, "Conv", [grad, turned(call, w, kernel)], attributes);
  }
  // Long enough whatever the remainder of the division by the stride was; then cut to length.
  const none = kernel.map(() => 0);
  const long = add(call, "ConvTranspose", [grad, w], {
    ...windowAttributes({ strides, dilations, begins: none, ends: none, group }),
    output_padding: { ints: strides.map((stride) => stride - 1) },
  });
  const axes = counting(kernel.length, 2);
  const spatial = add(call, "Slice", [
    shapeOf(call, input(call, 0)),
    whole(call, [2]),
    whole(call, [2 + kernel.length]),
  ]);
  const stops = add(call, "Add", [spatial, whole(call, begins)]);
  return add(call, "Slice", [long, whole(call, begins), stops, whole(call, axes)]);
}

/** [M, C, ...kernel] to [C, M, ...kernel], every spatial axis reversed. */
function turned(call: Call, w: string, kernel: readonly number[]): string {
  const axes = counting(kernel.length, 2);
  const perm = { ints: [1, 0, ...axes] };
  if (kernel.every((size) => size === 1)) return add(call, "Transpose", [w], { perm });
  const reversed = add(call, "Slice", [
    w,
    whole(
      call,
      axes.map(() => -1),
    ),
    whole(
      call,
      axes.map(() => Number.MIN_SAFE_INTEGER),
    ),
    whole(call, axes),
    whole(
      call,
      axes.map(() => -1),
    ),
  ]);
  return add(call, "Transpose", [reversed], { perm });
}

/**
 * dW[m, c, k] = sum over n and o of x[n, c, s o + d k - p] g[n, m, o]: a convolution of x with g as its kernel, in
 * which the batch takes the place of the channels, and stride and dilation change places.
 *
 * @param x the larger side, [N, C, ...]
 * @param g the smaller side, [N, M, ...]
 */
function weightGradient(call: Call, shape: Shape, x: string, g: string): string {
  const { kernel, strides, dilations, begins, ends, group } = shape;
  const axes = counting(kernel.length, 2);
  const swap = { ints: [1, 0, ...axes] };
  const product = add(
    call,
    "Conv",
    [
      group === 1 ? add(call, "Transpose", [x], { perm: swap }) : groupsInFront(call, shape, x),
      add(call, "Transpose", [g], { perm: swap }),
    ],
    windowAttributes({ strides: dilations, dilations: strides, begins, ends, group }),
  );
  // Columns that no step of the window reached.
  const cut = strides.every((stride) => stride === 1)
    ? product
    : add(call, "Slice", [
        product,
        whole(
          call,
          kernel.map(() => 0),
        ),
        whole(call, kernel),
        whole(call, axes),
      ]);
  return add(call, "Transpose", [cut], { perm: swap });
}

/** [N, group C, ...] to [C, group N, ...]. */
function groupsInFront(call: Call, { group, weight, kernel }: Shape, x: string): string {
  const rank = kernel.length;
  const channels = weight[1] ?? 1;
  const spatial = add(call, "Slice", [add(call, "Shape", [x]), whole(call, [2]), whole(call, [2 + rank])]);
  const apart = add(call, "Concat", [whole(call, [-1, group, channels]), spatial], { axis: 0 });
  const together = add(call, "Concat", [whole(call, [channels, -1]), spatial], { axis: 0 });
  const split = add(call, "Reshape", [x, apart]);
  const turned = add(call, "Transpose", [split], { perm: { ints: [2, 1, 0, ...counting(rank, 3)] } });
  return add(call, "Reshape", [turned, together]);
}

export const CONVOLUTIONS: Readonly<Record<string, Rule>> = { Conv: conv, ConvTranspose: convTranspose };
