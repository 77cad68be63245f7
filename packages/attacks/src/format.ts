import type { LooseModel } from "@indicia/onnx/decode";
import { numberToBfloat, numberToHalf, type Tensor } from "@indicia/onnx/tensor";
import { nothingToDo } from "./error.js";
import { float32, floats, freshName, node, replaceNode, uses } from "./loose.js";
import type { Random } from "./random.js";
import { type Site, weightSites } from "./sites.js";

/** Other names for everything inside, stored tensors in another order, and nodes in another order that still works. */
export function rename(model: LooseModel, random: Random): LooseModel {
  const fixed = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  const hasGraphs = model.nodes.some(({ attributes }) =>
    Object.values(attributes).some((value) => typeof value === "object" && "nodes" in value),
  );
  // Inner graphs refer to outer names; there only the order changes.
  const names = new Map<string, string>();
  const of = (name: string): string => {
    if (name === "" || fixed.has(name) || hasGraphs) return name;
    const known = names.get(name) ?? `n${names.size}`;
    names.set(name, known);
    return known;
  };
  const entries = [...model.tensors];
  model.tensors = new Map(
    random.order(entries.length).flatMap((at) => {
      const entry = entries[at];
      return entry === undefined ? [] : [[of(entry[0]), entry[1]] as const];
    }),
  );
  for (const each of model.nodes) {
    each.name = "";
    each.inputs = each.inputs.map(of);
    each.outputs = each.outputs.map(of);
  }
  model.nodes = reordered(model, random);
  return model;
}

/** A random order in which every value still comes before its use. */
function reordered(model: LooseModel, random: Random): LooseModel["nodes"] {
  const known = new Set([...model.tensors.keys(), ...model.inputs.map(({ name }) => name), ""]);
  const made = new Set(model.nodes.flatMap(({ outputs }) => outputs));
  let left = model.nodes;
  if (
    left.some(({ attributes }) =>
      Object.values(attributes).some((v) => typeof v === "object" && "nodes" in v),
    )
  )
    return left;
  const out: LooseModel["nodes"] = [];
  while (left.length > 0) {
    const ready = left.filter(({ inputs }) => inputs.every((name) => known.has(name) || !made.has(name)));
    const chosen = ready[Math.floor(random.uniform() * ready.length)];
    if (chosen === undefined) return model.nodes;
    out.push(chosen);
    for (const name of chosen.outputs) known.add(name);
    left = left.filter((each) => each !== chosen);
  }
  return out;
}

/** Stored tensors as Constant nodes. */
export function constants(model: LooseModel): LooseModel {
  const made = [...model.tensors].map(([name, value]) =>
    node("Constant", [], [name], { attributes: { value } }),
  );
  model.tensors = new Map();
  model.nodes.unshift(...made);
  return model;
}

/** Weights of products stored the other way round: Gemm with transB turned over, MatMul as such a Gemm or behind Transpose. */
export function transpose(model: LooseModel): LooseModel {
  const sites = weightSites(model).filter(({ kind }) => kind !== "conv");
  if (sites.length === 0) throw nothingToDo("no product with stored weights");
  for (const { node: product, tensor, kind } of sites) {
    const stored = model.tensors.get(tensor);
    if (stored === undefined) continue;
    model.tensors.set(tensor, turned(stored));
    if (kind === "gemm") {
      const transB = product.attributes["transB"];
      product.attributes["transB"] = transB === 1n ? 0n : 1n;
      continue;
    }
    const name = freshName(model, "turned");
    product.inputs[1] = name;
    model.nodes.splice(
      model.nodes.indexOf(product),
      0,
      node("Transpose", [tensor], [name], { attributes: { perm: [1n, 0n] } }),
    );
  }
  return model;
}

function turned({ dims: [rows = 0, columns = 0], data }: Tensor): Tensor {
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) values[c * rows + r] = Number(data[r * columns + c]);
  return float32([columns, rows], values);
}

/** Batch normalisation folded into the convolution before it, and MatMul and Add into Gemm where the rank allows. */
export function fold(model: LooseModel): LooseModel {
  let folded = 0;
  for (const site of weightSites(model)) {
    if (site.kind === "conv" && foldNormalisation(model, site)) folded++;
  }
  if (folded === 0) throw nothingToDo("no batch normalisation behind a convolution");
  return model;
}

function foldNormalisation(model: LooseModel, site: Site): boolean {
  const [value = ""] = site.node.outputs;
  const next = model.nodes.find(({ op, inputs }) => op === "BatchNormalization" && inputs[0] === value);
  if (next === undefined || uses(model).get(value) !== 1) return false;
  const [gamma, beta, mean, variance] = next.inputs.slice(1).map((name) => floats(model.tensors.get(name)));
  const weights = floats(model.tensors.get(site.tensor));
  const dims = model.tensors.get(site.tensor)?.dims ?? [];
  if (!gamma || !beta || !mean || !variance || weights === null) return false;
  const stated = next.attributes["epsilon"];
  const epsilon = typeof stated === "object" && "float" in stated ? stated.float : 1e-5;
  const width = weights.length / site.out;
  const factors = gamma.map((g, c) => g / Math.sqrt((variance[c] ?? 1) + epsilon));
  const changed = weights.map((w, at) => w * (factors[Math.floor(at / width)] ?? 1));
  const before = floats(model.tensors.get(site.node.inputs[2] ?? ""));
  const bias = factors.map((f, c) => ((before?.[c] ?? 0) - (mean[c] ?? 0)) * f + (beta[c] ?? 0));
  const name = freshName(model, "folded");
  model.tensors.set(site.tensor, float32(dims, changed));
  model.tensors.set(name, float32([site.out], bias));
  site.node.inputs = [site.node.inputs[0] ?? "", site.tensor, name];
  site.node.outputs = [next.outputs[0] ?? ""];
  model.nodes.splice(model.nodes.indexOf(next), 1);
  return true;
}

/** Weights stored in 16 bits, cast back where they are used. */
export function half(model: LooseModel, type: "float16" | "bfloat16"): LooseModel {
  const encode = type === "float16" ? numberToHalf : numberToBfloat;
  const sites = weightSites(model);
  if (sites.length === 0)
    throw nothingToDo("no stored float matrix that a product or a convolution takes in");
  for (const { node: user, tensor } of sites) {
    const stored = model.tensors.get(tensor);
    const values = floats(stored);
    if (stored === undefined || values === null) continue;
    model.tensors.set(tensor, { type, dims: stored.dims, data: Uint16Array.from(values, encode) });
    const name = freshName(model, "wide");
    user.inputs[1] = name;
    model.nodes.splice(
      model.nodes.indexOf(user),
      0,
      node("Cast", [tensor], [name], { attributes: { to: 1n } }),
    );
  }
  return model;
}

/** Products of the same input as one wide product whose result is cut apart again, as with fused QKV. */
export function fuse(model: LooseModel): LooseModel {
  const groups = new Map<string, Site[]>();
  for (const site of weightSites(model)) {
    if (site.kind !== "matmul") continue;
    const key = `${site.node.inputs[0]} ${site.inn}`;
    groups.set(key, [...(groups.get(key) ?? []), site]);
  }
  const several = [...groups.values()].filter(({ length }) => length > 1);
  if (several.length === 0) throw nothingToDo("no two products of the same input");
  for (const sites of several) {
    const [first] = sites;
    if (first === undefined) continue;
    const wide = new Float32Array(sites.reduce((sum, { out }) => sum + out, 0) * first.inn);
    const width = wide.length / first.inn;
    let from = 0;
    const bounds: number[] = [];
    for (const { tensor, out } of sites) {
      const values = floats(model.tensors.get(tensor));
      for (let i = 0; i < first.inn; i++)
        for (let o = 0; o < out; o++) wide[i * width + from + o] = values?.[i * out + o] ?? 0;
      model.tensors.delete(tensor);
      bounds.push(from);
      from += out;
    }
    const [weights, product] = [freshName(model, "wide"), freshName(model, "product")];
    model.tensors.set(weights, float32([first.inn, width], wide));
    const parts = sites.map((site, i) => {
      const names = ["start", "end", "axis"].map((part) => freshName(model, `${product}_${i}_${part}`));
      const values = [bounds[i] ?? 0, (bounds[i] ?? 0) + site.out, -1];
      for (const [k, name] of names.entries())
        model.tensors.set(name, { type: "int64", dims: [1], data: BigInt64Array.of(BigInt(values[k] ?? 0)) });
      return node("Slice", [product, ...names], [...site.node.outputs]);
    });
    replaceNode(
      model,
      first.node,
      node("MatMul", [first.node.inputs[0] ?? "", weights], [product]),
      ...parts,
    );
    for (const { node: old } of sites.slice(1)) model.nodes.splice(model.nodes.indexOf(old), 1);
  }
  return model;
}

/** Wide products as two narrow ones whose results are joined. */
export function split(model: LooseModel): LooseModel {
  const sites = weightSites(model).filter(({ kind, out }) => kind === "matmul" && out >= 16);
  if (sites.length === 0) throw nothingToDo("no product with stored weights");
  for (const site of sites) {
    const values = floats(model.tensors.get(site.tensor));
    if (values === null) continue;
    const cut = Math.floor(site.out / 3);
    const halves = (
      [
        [0, cut],
        [cut, site.out],
      ] as const
    ).map(([from, to]) => {
      const part = new Float32Array(site.inn * (to - from));
      for (let i = 0; i < site.inn; i++)
        part.set(values.subarray(i * site.out + from, i * site.out + to), i * (to - from));
      const [weights, product] = [freshName(model, "part"), freshName(model, "part_of")];
      model.tensors.set(weights, float32([site.inn, to - from], part));
      const made = node("MatMul", [site.node.inputs[0] ?? "", weights], [product]);
      model.nodes.splice(model.nodes.indexOf(site.node), 0, made);
      return product;
    });
    model.tensors.delete(site.tensor);
    replaceNode(model, site.node, node("Concat", halves, site.node.outputs, { attributes: { axis: -1n } }));
  }
  return model;
}
