import type { NodeSpec } from "@indicia/onnx/build";
import { numberOf, numbersOf, textOf } from "../attributes.js";
import type { Dim } from "./value.js";

/** How a convolution or pooling goes over its spatial axes, one number each. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before every axis. */
  readonly begins: readonly number[];
  /** After every axis. */
  readonly ends: readonly number[];
  /** Steps past the end are taken as well where they begin inside. */
  readonly ceil: boolean;
}

/**
 * The window of a node with padding as numbers; null where automatic padding depends on sizes that are unknown.
 *
 * @param spatial sizes of the spatial axes of the input
 */
export function windowOf(node: NodeSpec, kernel: readonly number[], spatial: readonly Dim[]): Window | null {
  const ones = kernel.map(() => 1);
  const strides = numbersOf(node, "strides") ?? ones;
  const dilations = numbersOf(node, "dilations") ?? ones;
  const ceil = numberOf(node, "ceil_mode", 0) !== 0;
  const auto = textOf(node, "auto_pad", "NOTSET");
  const pads = numbersOf(node, "pads") ?? kernel.flatMap(() => [0, 0]);
  if (auto === "NOTSET" || auto === "VALID") {
    const given = auto === "VALID" ? pads.map(() => 0) : pads;
    const begins = given.slice(0, kernel.length);
    return { kernel, strides, dilations, begins, ends: given.slice(kernel.length), ceil };
  }
  const totals: number[] = [];
  for (const [axis, size] of kernel.entries()) {
    const [stride, dilation, length] = [strides[axis] ?? 1, dilations[axis] ?? 1, spatial[axis]];
    const reach = (size - 1) * dilation + 1;
    // Without a stride the total does not depend on the size.
    if (stride === 1) totals.push(reach - 1);
    else if (typeof length === "number")
      totals.push(Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length));
    else return null;
  }
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total) => Math.ceil(total / 2));
  return auto === "SAME_UPPER"
    ? { kernel, strides, dilations, begins: less, ends: more, ceil }
    : { kernel, strides, dilations, begins: more, ends: less, ceil };
}

/** How many steps a window takes along one axis. */
export function stepsOf(window: Window, axis: number, length: number): number {
  const stride = window.strides[axis] ?? 1;
  const reach = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1;
  const [begin, end] = [window.begins[axis] ?? 0, window.ends[axis] ?? 0];
  const steps = (length + begin + end - reach) / stride;
  if (!window.ceil) return Math.floor(steps) + 1;
  const count = Math.ceil(steps) + 1;
  // A step has to begin on the input or the padding before it.
  return (count - 1) * stride >= length + begin ? count - 1 : count;
}
