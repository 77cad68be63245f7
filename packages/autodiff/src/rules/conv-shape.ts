import { numberOf, numbersOf, textOf } from "../attributes.js";
import { noGradient, shapeUnknown } from "../error.js";
import { type Dim, numbersIn } from "../shapes/value.js";
import { type Window, windowOf } from "../shapes/window.js";
import { type Call, dimsOf, nodeName, outputDims } from "./rule.js";

/** What a convolution's gradients are computed from: sizes of the kernel and how it goes over the axes. */
export interface ConvShape extends Window {
  readonly group: number;
  /** The weight's own, [M, C / group, ...kernel] (of ConvTranspose [C, M / group, ...kernel]). */
  readonly weight: readonly number[];
  /** Spatial sizes of the larger side, which the kernel goes over. */
  readonly spatial: readonly Dim[];
}

/**
 * @throws AutodiffError SHAPE_UNKNOWN where the weight's shape, or padding that is to be computed, cannot be told;
 *   NO_GRADIENT for a ConvTranspose whose padding follows from its output
 */
export function shapeOfConv(call: Call): ConvShape {
  const weight = numbersIn(dimsOf(call, 1));
  if (weight === null) throw shapeUnknown(call.node.op, nodeName(call), "the shape of its weight");
  const kernel = weight.slice(2);
  const transposed = call.node.op === "ConvTranspose";
  const spatial = spatialOf(transposed ? outputDims(call) : dimsOf(call, 0), { kernel });
  const automatic = textOf(call.node, "auto_pad", "NOTSET").startsWith("SAME");
  if (transposed && (automatic || numbersOf(call.node, "output_shape") !== null))
    throw noGradient("ConvTranspose", nodeName(call), "its padding is given by the shape of its output");
  const window = windowOf(call.node, kernel, spatial);
  if (window === null) throw shapeUnknown(call.node.op, nodeName(call), "the spatial sizes of its input");
  return { ...window, weight, spatial, group: numberOf(call.node, "group", 1) };
}

/** Spatial sizes, unknown ones where not even the rank is known. */
export function spatialOf(
  dims: readonly Dim[] | null,
  { kernel }: Pick<ConvShape, "kernel">,
): readonly Dim[] {
  return dims?.slice(2) ?? kernel.map(() => "?");
}

/** Attributes of a Conv or ConvTranspose that goes over the axes in this way. */
export function windowAttributes({
  strides,
  dilations,
  begins,
  ends,
  group,
}: Omit<ConvShape, "weight" | "spatial" | "kernel" | "ceil">): {
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
