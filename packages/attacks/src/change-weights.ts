import type { LooseModel } from "@indicia/onnx/decode";
import { nothingToDo } from "./error.js";
import { float32, floats } from "./loose.js";
import { rowSpread, type Site, walk, weightSites } from "./sites.js";

/** Tensors below this size are left alone by attacks that trade accuracy, as compressors do. */
const SMALL = 256;

/** Replace each weight matrix by a function of its numbers; everything else stays. */
export function changeWeights(
  model: LooseModel,
  change: (values: Float32Array, site: Site, dims: readonly number[]) => Float32Array,
): LooseModel {
  const sites = weightSites(model).filter(({ out, inn }) => out * inn >= SMALL);
  if (sites.length === 0)
    throw nothingToDo("no stored float matrix that a product or a convolution takes in");
  for (const site of sites) {
    const stored = model.tensors.get(site.tensor);
    const values = floats(stored);
    if (stored === undefined || values === null) continue;
    model.tensors.set(site.tensor, float32(stored.dims, change(values, site, stored.dims)));
  }
  return model;
}

/** Add to each weight a number times its row's spread. */
export function addToWeights(
  model: LooseModel,
  amount: (value: number, spread: number) => number,
): LooseModel {
  return changeWeights(model, (values, site, dims) => {
    const spread = rowSpread(values, dims, site);
    const out = values.slice();
    walk(dims, site, (at, row) => {
      const value = values[at] ?? 0;
      out[at] = value + (spread[row] ?? 0) * amount(value, spread[row] ?? 0);
    });
    return out;
  });
}
