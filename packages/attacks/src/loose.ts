import { buildModel } from "@indicia/onnx/build";
import { decodeModel, type LooseModel, type LooseNode, specOf } from "@indicia/onnx/decode";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";

/** Take a model's bytes apart. @throws OnnxError as `decodeModel` */
export function taken(bytes: Uint8Array): LooseModel {
  return decodeModel(openModelBytes(bytes));
}

/** @param floatStorage how float32 tensors are stored */
export function put(model: LooseModel, floatStorage: "raw_data" | "float_data" = "raw_data"): Uint8Array {
  return buildModel({ ...specOf(model), floatStorage });
}

/** A name that no value of the model has yet. */
export function freshName(model: LooseModel, stem: string): string {
  const names = new Set([
    ...model.tensors.keys(),
    ...model.inputs.map(({ name }) => name),
    ...model.nodes.flatMap(({ outputs }) => outputs),
  ]);
  for (let i = 0; ; i++) if (!names.has(`${stem}_${i}`)) return `${stem}_${i}`;
}

export function node(
  op: string,
  inputs: string[],
  outputs: string[],
  more: Partial<Pick<LooseNode, "domain" | "attributes">> = {},
): LooseNode {
  return { op, domain: "", name: "", inputs, outputs, attributes: {}, ...more };
}

/** The numbers of a float32 tensor; null for others. */
export function floats(tensor: Tensor | undefined): Float32Array | null {
  return tensor?.type === "float32" && tensor.data instanceof Float32Array ? tensor.data : null;
}

export function float32(dims: readonly number[], data: Float32Array): Tensor {
  return { type: "float32", dims, data };
}

export function integerAttribute({ attributes }: LooseNode, name: string, fallback: number): number {
  const value = attributes[name];
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : fallback;
}

/** Put nodes in the place of one. */
export function replaceNode(model: LooseModel, old: LooseNode, ...nodes: LooseNode[]): void {
  model.nodes.splice(model.nodes.indexOf(old), 1, ...nodes);
}

/** How often each value is taken in, by nodes and as an output; values that inner graphs may see count as many. */
export function uses(model: LooseModel): Map<string, number> {
  const count = new Map<string, number>();
  const add = (name: string): void => void count.set(name, (count.get(name) ?? 0) + 1);
  for (const { inputs, attributes } of model.nodes) {
    for (const name of inputs) add(name);
    for (const value of Object.values(attributes)) {
      if (typeof value === "object" && "nodes" in value) {
        for (const inner of value.nodes) for (const name of [...inner.inputs, ...inner.inputs]) add(name);
      }
    }
  }
  for (const { name } of model.outputs) add(name);
  return count;
}
