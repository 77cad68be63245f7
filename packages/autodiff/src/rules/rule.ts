import type { AttributeSpec, NodeSpec } from "@indicia/onnx/build";
import { ELEMENT_TYPES } from "@indicia/onnx/tensor";
import type { Builder } from "../builder.js";
import type { Dim, Value } from "../shapes/value.js";

/** One node of the forward graph to be differentiated, with what writes its gradient down. */
export interface Call {
  readonly builder: Builder;
  readonly node: NodeSpec;
  /** Gradients of the outputs by place; null where the loss does not depend on one. At least one is there. */
  readonly grads: readonly (string | null)[];
  /** Whether the gradient of an input is wanted, by place. */
  readonly needs: readonly boolean[];
  /** Type of the gradients. */
  readonly type: "float32" | "float64";
  value(name: string): Value;
  /**
   * Whether the rule may apply the slope of the operator that made a value, which is then left out there: true where
   * the value is made by that operator and used by this node alone.
   */
  takeOver(op: string, name: string): boolean;
}

/** Gradients of the inputs by place; null or absent for those that are not wanted or have none. */
export type Rule = (call: Call) => readonly (string | null)[];

/** A node of one output. */
export function add(
  { builder }: Call,
  op: string,
  inputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeSpec>>,
): string {
  return builder.add(op, inputs, attributes);
}

/** A number or list of the gradients' type. */
export function real({ builder, type }: Call, value: number | readonly number[], dims?: number[]): string {
  return builder.constant(value, type, dims);
}

/** Cast to the gradients' type. */
export function castReal(call: Call, name: string): string {
  return add(call, "Cast", [name], { to: ELEMENT_TYPES.indexOf(call.type) });
}

/** Whole numbers; a list has one axis. */
export function whole({ builder }: Call, value: number | readonly number[]): string {
  return builder.constant(value, "int64");
}

/** Gradient of the first output, for operators that have no other. */
export function gradOf({ grads }: Call): string {
  return grads[0] ?? "";
}

/** Name of an input, "" where it is left out. */
export function input({ node }: Call, at: number): string {
  return node.inputs[at] ?? "";
}

export function output({ node }: Call, at = 0): string {
  return node.outputs[at] ?? "";
}

/** Shape of an input, null where its rank is unknown. */
export function dimsOf(call: Call, at: number): readonly Dim[] | null {
  return call.value(input(call, at)).dims;
}

export function outputDims(call: Call, at = 0): readonly Dim[] | null {
  return call.value(output(call, at)).dims;
}

/** What to call a node in an error. */
export function nodeName({ node }: Call): string {
  return node.name === undefined || node.name === "" ? (node.outputs[0] ?? "") : node.name;
}

/** Shape of a value: as numbers where they are known, else computed when the model runs. */
export function shapeOf(call: Call, name: string): string {
  const dims = call.value(name).dims;
  const numbers = dims?.filter((dim) => typeof dim === "number");
  return dims !== null && numbers?.length === dims.length ? whole(call, numbers) : add(call, "Shape", [name]);
}

/** A reduction over chosen axes, in the form of the builder's operator set. */
export function reduce(
  call: Call,
  op: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin",
  value: string,
  axes: readonly number[],
  keep: boolean,
): string {
  const asInput = op === "ReduceSum" || call.builder.opset >= 18;
  const keepdims = keep ? 1 : 0;
  return asInput
    ? add(call, op, [value, whole(call, axes)], { keepdims })
    : add(call, op, [value], { axes: { ints: axes }, keepdims });
}

export function unsqueeze(call: Call, value: string, axes: readonly number[]): string {
  return add(call, "Unsqueeze", [value, whole(call, axes)]);
}

/** Numbers from `from` on. */
export function counting(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
