import { numbersOf } from "../attributes.js";
import { noGradient } from "../error.js";
import { type ConvShape, shapeOfConv, spatialOf, windowAttributes } from "./conv-shape.js";
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
import { weightGradient } from "./weight-gradient.js";

const conv: Rule = (call) => {
  const shape = shapeOfConv(call);
  const [x, w] = [input(call, 0), input(call, 1)];
  const grad = gradOf(call);
  return [
    call.needs[0] === true ? inputGradient(call, shape, grad, w) : null,
    call.needs[1] === true ? weightGradient(call, shape, x, grad, spatialOf(outputDims(call), shape)) : null,
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
    call.needs[1] === true ? weightGradient(call, shape, grad, x, spatialOf(dimsOf(call, 0), shape)) : null,
    call.needs[2] === true ? biasGradient(call, shape, grad) : null,
  ];
};

function biasGradient(call: Call, { kernel }: ConvShape, grad: string): string {
  return reduce(call, "ReduceSum", grad, [0, ...counting(kernel.length, 2)], false);
}

/**
 * The transposed convolution; measured to be faster in onnxruntime than a convolution with the kernel turned round,
 * even where that has no padding to work on.
 */
function inputGradient(call: Call, shape: ConvShape, grad: string, w: string): string {
  const { kernel, strides, begins } = shape;
  const rest = kernel.map((_, axis) => remainder(shape, axis));
  if (rest.every((count) => count !== null))
    return add(call, "ConvTranspose", [grad, w], {
      ...windowAttributes(shape),
      output_padding: { ints: rest },
    });
  // Long enough whatever the remainder of the division by the stride was; then cut to length.
  const none = kernel.map(() => 0);
  const long = add(call, "ConvTranspose", [grad, w], {
    ...windowAttributes({ ...shape, begins: none, ends: none }),
    output_padding: { ints: strides.map((stride) => stride - 1) },
  });
  const sizes = add(call, "Slice", [
    shapeOf(call, input(call, 0)),
    whole(call, [2]),
    whole(call, [2 + kernel.length]),
  ]);
  const stops = add(call, "Add", [sizes, whole(call, begins)]);
  return add(call, "Slice", [long, whole(call, begins), stops, whole(call, counting(kernel.length, 2))]);
}

/** Columns at the end that no step of the window begins at; null where the size is unknown. */
function remainder(
  { kernel, strides, dilations, begins, ends, spatial }: ConvShape,
  axis: number,
): number | null {
  const [stride, length] = [strides[axis] ?? 1, spatial[axis]];
  if (stride === 1) return 0;
  if (typeof length !== "number") return null;
  const reach = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
  return (length + (begins[axis] ?? 0) + (ends[axis] ?? 0) - reach) % stride;
}

export const CONVOLUTIONS: Readonly<Record<string, Rule>> = { Conv: conv, ConvTranspose: convTranspose };
