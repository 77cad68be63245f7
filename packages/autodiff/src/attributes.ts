import type { AttributeSpec, NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";

/** The attribute of a node by its name. */
export function attribute({ attributes }: NodeSpec, name: string): AttributeSpec | undefined {
  return attributes instanceof Map
    ? attributes.get(name)
    : Object.entries(attributes ?? {}).find(([key]) => key === name)?.[1];
}

/** An INT or FLOAT attribute; the latter is rounded to float32, as it is stored. */
export function numberOf(node: NodeSpec, name: string, otherwise: number): number {
  const value = attribute(node, name);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return Number.isInteger(value) ? value : Math.fround(value);
  return typeof value === "object" && "float" in value ? Math.fround(value.float) : otherwise;
}

/** An INTS or FLOATS attribute; null where it is absent. */
export function numbersOf(node: NodeSpec, name: string): number[] | null {
  const value = attribute(node, name);
  if (typeof value !== "object") return null;
  if ("ints" in value) return value.ints.map(Number);
  if ("floats" in value) return [...value.floats];
  return Array.isArray(value) ? value.map(Number) : null;
}

/** A STRING attribute. */
export function textOf(node: NodeSpec, name: string, otherwise: string): string {
  const value = attribute(node, name);
  return typeof value === "string" ? value : otherwise;
}

/** Numbers of a tensor of integers or floats of full width; null for texts and half floats. */
export function tensorNumbers({ type, data }: Tensor): number[] | null {
  if (type === "float16" || type === "bfloat16" || !ArrayBuffer.isView(data)) return null;
  return Array.from<number | bigint, number>(
    data as Iterable<number | bigint> & ArrayLike<number | bigint>,
    Number,
  );
}
