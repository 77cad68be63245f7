import { createHash } from "node:crypto";
import type { PlannedTensor } from "@indicia/evidence/formats";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { type ElementType, elementCount } from "@indicia/onnx/tensor";
import { rowLayout } from "./rows.js";
import { weightUses } from "./uses.js";

/** Smaller tensors add little evidence, and their few numbers often are constants rather than learnt weights. */
const MIN_WEIGHTS = 1024;
/** Values read at a time. */
const CHUNK: number = 2 ** 20;

/** The tensors that may carry the weight mark, or why there are none, in words for the model's owner. */
export type WeightPlan = { readonly tensors: PlannedTensor[] } | { readonly refusal: string };

/** Element types that hold real numbers in full precision or half of it. */
export function isReal(type: ElementType): boolean {
  return type === "float32" || type === "float16" || type === "bfloat16" || type === "float64";
}

/**
 * Choose the tensors that may carry the weight mark: large matrices of real numbers that an operator takes as
 * weights, wherever they are stored. Tensors of equal dims and content become one entry, so that tied weights stay
 * tied and none enters a statistic twice.
 *
 * @param options.exclude ids of tensors that another mark changes
 */
export function planWeights(model: OnnxModel, options: { readonly exclude: readonly string[] }): WeightPlan {
  const excluded = new Set(options.exclude);
  const entries = new Map<string, PlannedTensor>();
  let tooSmall = 0;
  let otherTypes = 0;
  for (const { tensor, rowAxis } of weightUses(model)) {
    if (excluded.has(tensor.id) || tensor.dims.length < 2) continue;
    const total = elementCount(tensor.dims);
    if (total < MIN_WEIGHTS) tooSmall++;
    else if (!isReal(tensor.type)) otherTypes++;
    else addTensor(entries, model, tensor, rowAxis);
  }
  if (entries.size > 0) return { tensors: [...entries.values()] };
  const found = [
    ...(tooSmall > 0 ? [`${tooSmall} weight tensors have fewer than ${MIN_WEIGHTS} elements`] : []),
    ...(otherTypes > 0 ? [`${otherTypes} are stored as integers`] : []),
  ];
  return {
    refusal: `no large float tensor is used as weights${found.length > 0 ? ` (${found.join(", ")})` : ""}`,
  };
}

function addTensor(
  entries: Map<string, PlannedTensor>,
  model: OnnxModel,
  tensor: TensorEntry,
  rowAxis: number,
): void {
  const { sha256, varies } = contentOf(model, tensor);
  if (!varies) return;
  const content = `${tensor.dims.join("x")} ${sha256}`;
  const known = entries.get(content);
  if (known !== undefined) {
    known.tensors.push(tensor.id);
    return;
  }
  const { rows } = rowLayout(tensor.dims, rowAxis);
  const columns = elementCount(tensor.dims) / rows;
  const dims = [...tensor.dims];
  entries.set(content, { label: tensor.id, tensors: [tensor.id], dims, rowAxis, rows, columns, sha256 });
}

/** SHA-256 of the values as float32, little-endian, and whether they differ from one another. */
function contentOf(model: OnnxModel, tensor: TensorEntry): { sha256: string; varies: boolean } {
  const total = elementCount(tensor.dims);
  const hash = createHash("sha256");
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let start = 0; start < total; start += CHUNK) {
    const values = readFloats(model, tensor, start, Math.min(CHUNK, total - start));
    for (let i = 0; i < values.length && !(least < most); i++) {
      least = Math.min(least, values[i] ?? 0);
      most = Math.max(most, values[i] ?? 0);
    }
    hash.update(littleEndian(values));
  }
  return { sha256: hash.digest("hex"), varies: least < most };
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}
