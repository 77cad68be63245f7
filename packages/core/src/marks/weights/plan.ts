import type { PlannedTensor } from "@indicia/evidence/registration-format";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { type ElementType, elementCount } from "@indicia/onnx/tensor";
import { rowLayout } from "./rows.js";
import { type TensorContent, tensorContent } from "./tensor-content.js";
import { weightUses } from "./uses.js";

/** Smaller tensors add little evidence, and their few numbers often are constants rather than learnt weights. */
const MIN_WEIGHTS = 1024;

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
 * @param options.contents by id, for {@link planCandidates} that were read before
 */
export function planWeights(
  model: OnnxModel,
  options: {
    readonly exclude: readonly string[];
    readonly contents?: ReadonlyMap<string, TensorContent>;
  },
): WeightPlan {
  const excluded = new Set(options.exclude);
  const entries = new Map<string, PlannedTensor>();
  let tooSmall = 0;
  let otherTypes = 0;
  for (const { tensor, rowAxis } of weightUses(model)) {
    if (excluded.has(tensor.id) || tensor.dims.length < 2) continue;
    const total = elementCount(tensor.dims);
    if (total < MIN_WEIGHTS) tooSmall++;
    else if (!isReal(tensor.type)) otherTypes++;
    else
      addTensor(entries, tensor, rowAxis, options.contents?.get(tensor.id) ?? tensorContent(model, tensor));
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

/** Tensors of which {@link planWeights} has to know the content. */
export function planCandidates(
  model: OnnxModel,
  options: { readonly exclude: readonly string[] },
): TensorEntry[] {
  const excluded = new Set(options.exclude);
  return weightUses(model)
    .map(({ tensor }) => tensor)
    .filter(
      ({ id, dims, type }) =>
        !excluded.has(id) && dims.length >= 2 && elementCount(dims) >= MIN_WEIGHTS && isReal(type),
    );
}

function addTensor(
  entries: Map<string, PlannedTensor>,
  tensor: TensorEntry,
  rowAxis: number,
  { sha256, varies }: TensorContent,
): void {
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
