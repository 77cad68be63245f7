import { elementCount, type Tensor, toFloat64, type ValueInfo } from "@indicia/onnx/tensor";
import type { Defence } from "./defence.js";

/** What a client gets to see of the model's answer. */
export type OutputPolicy =
  | { readonly kind: "full" }
  | { readonly kind: "round"; readonly decimals: number }
  | { readonly kind: "top-k"; readonly k: number }
  | { readonly kind: "labels" };

/** @returns null where the text is no policy: `full`, `round:N`, `top-k:K` or `labels` */
export function parsePolicy(text: string): OutputPolicy | null {
  if (text === "full" || text === "labels") return { kind: text };
  const round = /^round:([0-9])$/.exec(text)?.[1];
  if (round !== undefined) return { kind: "round", decimals: Number(round) };
  const top = /^top-k:([1-9]\d{0,5})$/.exec(text)?.[1];
  return top === undefined ? null : { kind: "top-k", k: Number(top) };
}

/** Shows of every output what a policy leaves of it. */
export function outputPolicy(policy: OutputPolicy): Defence {
  return {
    name: "output-policy",
    show: (_, output) => applyPolicy(policy, output),
    declare: (output) => declaredUnder(policy, output),
  };
}

/** What an output is declared to be once a policy is applied to it. */
function declaredUnder(policy: OutputPolicy, output: ValueInfo): ValueInfo {
  if (policy.kind === "full" || !hasClasses(output)) return output;
  return policy.kind === "labels"
    ? { name: output.name, type: "int64", dims: [null] }
    : { ...output, type: "float32" };
}

/** Whether it has a class axis; where no shape is declared it is taken to have one. */
function hasClasses({ type, dims }: Pick<ValueInfo, "type" | "dims">): boolean {
  return isFloat(type) && (dims === null || dims.length >= 2);
}

function isFloat(type: ValueInfo["type"]): boolean {
  return type !== null && (type.startsWith("float") || type === "bfloat16");
}

/**
 * The first output that a policy would let pass although it may tell scores: a number for each row, or scores as integers of
 * eight bits, as quantised models have them. Integers of more bits are labels.
 *
 * @returns null where the policy covers whatever may tell scores
 */
export function outputPast(policy: OutputPolicy, outputs: readonly ValueInfo[]): string | null {
  if (policy.kind === "full") return null;
  const past = outputs.find((output) => {
    if (isFloat(output.type)) return !hasClasses(output);
    return (
      (output.type === "int8" || output.type === "uint8") && (output.dims === null || output.dims.length >= 2)
    );
  });
  return past?.name ?? null;
}

/**
 * Apply a policy to an output with a class axis; others pass.
 *
 * @param tensor [n, m]
 */
export function applyPolicy(policy: OutputPolicy, tensor: Tensor): Tensor {
  const [rows = 0] = tensor.dims;
  const width = rows > 0 ? elementCount(tensor.dims) / rows : 0;
  if (policy.kind === "full" || !hasClasses(tensor)) return tensor;
  const values = toFloat64(tensor);
  if (policy.kind === "labels") {
    const labels = BigInt64Array.from({ length: rows }, (_, i) =>
      BigInt(bestOf(values.subarray(i * width, (i + 1) * width))),
    );
    return { type: "int64", dims: [rows], data: labels };
  }
  const shown = Float32Array.from(values);
  if (policy.kind === "round") {
    for (let i = 0; i < shown.length; i++) shown[i] = Number((values[i] ?? 0).toFixed(policy.decimals));
  } else for (let i = 0; i < rows; i++) keepLargest(shown.subarray(i * width, (i + 1) * width), policy.k);
  return { type: "float32", dims: tensor.dims, data: shown };
}

function bestOf(row: Float64Array): number {
  if (row.length === 1) return (row[0] ?? 0) > 0.5 ? 1 : 0;
  let best = 0;
  for (let c = 1; c < row.length; c++) if ((row[c] ?? 0) > (row[best] ?? 0)) best = c;
  return best;
}

function keepLargest(row: Float32Array, k: number): void {
  const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
  for (const c of order.slice(k)) row[c] = 0;
}
