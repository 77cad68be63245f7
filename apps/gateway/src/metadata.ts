import type { ValueInfo } from "@indicia/onnx/tensor";
import type { Context } from "hono";
import { callerOf } from "./caller.js";
import { datatypeOf } from "./datatypes.js";
import type { Defence } from "./defences/defence.js";
import { Refusal } from "./defences/refusal.js";
import { look } from "./pipeline.js";
import type { Models, Served } from "./serving/models.js";

/** Models with which this caller may do something, or what is asked. @param action null for anything */
export async function visible(
  models: Models,
  c: Context,
  action: "metadata" | null = null,
): Promise<Served[]> {
  const seen: Served[] = [];
  for (const served of models.list()) {
    try {
      await look(served.defences, callerOf(c, served.model.name, action));
      seen.push(served);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return seen;
}

/** The models that a caller may name, each with as much as he may know of it. */
export async function listed(models: Models, c: Context): Promise<Record<string, unknown>[]> {
  const readable = new Set((await visible(models, c, "metadata")).map(({ model }) => model.name));
  return (await visible(models, c)).map((served) => {
    const { name, version } = served.model;
    return readable.has(name) ? metadata(served) : { name, versions: [version] };
  });
}

/** "Model Metadata Response JSON Object" of the Open Inference Protocol v2. */
export function metadata({ model, defences }: Served): Record<string, unknown> {
  return {
    name: model.name,
    versions: [model.version],
    platform: "onnxruntime_onnx",
    inputs: model.inputs.map(described),
    outputs: model.outputs.map((output) => described(declared(defences, output))),
  };
}

function declared(defences: readonly Defence[], output: ValueInfo): ValueInfo {
  let seen = output;
  for (const defence of defences) seen = defence.declare?.(seen) ?? seen;
  return seen;
}

function described({ name, type, dims }: ValueInfo): { name: string; datatype: string; shape: number[] } {
  return {
    name,
    datatype: datatypeOf(type)?.name ?? "BYTES",
    shape: (dims ?? []).map((dim) => (typeof dim === "number" ? dim : -1)),
  };
}
