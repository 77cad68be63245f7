import { toFloat64 } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { matmul } from "@indicia/runtime/kernels";
import { decode, encode, freshNames, liftConstants, node } from "./decode.js";
import { badOption, nothingToDo } from "./error.js";
import { withFloats } from "./floats.js";
import { isOp, linksOf, replace } from "./graph-links.js";
import { leading } from "./singular.js";
import { weightsOf } from "./weights.js";

export interface LowRankOptions {
  /** Share of the singular values that is kept. */
  readonly share: number;
  /** Whether the product is written in place, or as two MatMuls one after the other (MatMul only). */
  readonly form: "product" | "factors";
}

/** Decompositions of larger matrices would take minutes. */
const MAX_SIDE = 2048;
/** Smaller ones hold nothing that could be left out. */
const MIN_SIDE = 8;

/**
 * The small singular values of every weight matrix are left out.
 *
 * @throws AttackError NOTHING_TO_DO, ATTACK_OPTION
 */
export async function lowRank(bytes: Uint8Array, { share, form }: LowRankOptions): Promise<Uint8Array> {
  if (!(share > 0 && share < 1)) throw badOption("the share to keep lies between 0 and 1");
  const model = decode(bytes);
  const changed = await (form === "product" ? truncate(model, share) : factorise(model, share));
  if (changed === 0) throw nothingToDo("weight matrices of a fitting size");
  return encode(model);
}

function rankOf(rows: number, columns: number, share: number): number | null {
  const least = Math.min(rows, columns);
  return least < MIN_SIDE || Math.max(rows, columns) > MAX_SIDE
    ? null
    : Math.max(1, Math.round(share * least));
}

/** Filters are seen as matrices of one row for each output channel. */
async function truncate(model: EditableModel, share: number): Promise<number> {
  let changed = 0;
  for (const { tensor, set, axis } of weightsOf(model)) {
    const { dims } = tensor;
    // Further axes before the last, such as heads, make several matrices; those are left alone.
    const flat = axis === dims.length - 1 ? dims.length === 2 : axis === 0;
    const [rows = 1] = dims;
    const columns = dims.slice(1).reduce((all, dim) => all * dim, 1);
    const rank = flat ? rankOf(rows, columns, share) : null;
    if (rank === null) continue;
    const { left, right } = await leading(toFloat64(tensor), rows, columns, rank);
    set(withFloats(tensor, await matmul(left, [rows, rank], right, [rank, columns])));
    changed++;
  }
  return changed;
}

async function factorise(model: EditableModel, share: number): Promise<number> {
  liftConstants(model);
  const { ownTensor } = linksOf(model);
  const fresh = freshNames(model);
  let changed = 0;
  for (const product of model.nodes) {
    const weights = isOp(product, "MatMul") ? ownTensor(product, 1) : undefined;
    const [rows = 0, columns = 0, ...more] = weights?.dims ?? [];
    const rank = more.length === 0 ? rankOf(rows, columns, share) : null;
    if (weights === undefined || rank === null) continue;
    const [value = "", name = ""] = product.inputs;
    const { left, right } = await leading(toFloat64(weights), rows, columns, rank);
    const [first, second, inner] = [`${name}_a`, `${name}_b`, `${name}_inner`].map(fresh) as [
      string,
      string,
      string,
    ];
    model.initializers.delete(name);
    model.initializers.set(first, withFloats(weights, left, [rows, rank]));
    model.initializers.set(second, withFloats(weights, right, [rank, columns]));
    replace(
      model,
      [product],
      node("MatMul", [value, first], [inner]),
      node("MatMul", [inner, second], product.outputs),
    );
    changed++;
  }
  return changed;
}
