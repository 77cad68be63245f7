import type { EditableModel } from "@indicia/onnx/to-spec";
import { optimisedModel } from "@indicia/runtime/optimised";
import { decode, encode, graphsOf } from "./decode.js";

export interface OptimisedOptions {
  readonly level: "basic" | "extended" | "all";
}

/**
 * The model as onnxruntime saves it after its own rewriting. The names that the runtime makes up differ from run to run,
 * so they are numbered in the order of their use.
 *
 * @throws RuntimeError MODEL_INVALID; OnnxError where the result cannot be decoded
 */
export async function optimised(bytes: Uint8Array, { level }: OptimisedOptions): Promise<Uint8Array> {
  const model = decode(await optimisedModel(bytes, level));
  number(model, decode(bytes));
  return encode(model);
}

function number(model: EditableModel, before: EditableModel): void {
  const known = new Set(["", ...model.inputs.map(({ name }) => name)]);
  for (const graph of graphsOf(before)) {
    for (const name of graph.initializers.keys()) known.add(name);
    for (const node of graph.nodes) for (const name of [...node.outputs, node.name]) known.add(name);
  }
  const names = new Map<string, string>();
  const renamed = (name: string): string => {
    if (known.has(name)) return name;
    const given = names.get(name) ?? `optimised_${names.size}`;
    names.set(name, given);
    return given;
  };
  for (const graph of graphsOf(model)) {
    for (const node of graph.nodes) {
      node.inputs = node.inputs.map(renamed);
      node.outputs = node.outputs.map(renamed);
      if (!known.has(node.name)) node.name = node.outputs[0] ?? "";
    }
    graph.outputs = graph.outputs.map((value) => ({ ...value, name: renamed(value.name) }));
    const stored = [...graph.initializers].map(([name, tensor]) => [renamed(name), tensor] as const);
    graph.initializers = new Map(stored.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
