import type { LooseModel, LooseNode } from "@indicia/onnx/decode";
import { integerAttribute, uses } from "./loose.js";
import { type Site, weightSites } from "./sites.js";

/** A stored tensor one axis of which belongs to the channels of a group. */
export interface Parameter {
  readonly tensor: string;
  readonly axis: number;
  readonly role: "bias" | "factor" | "normalisation";
  /** The node that takes it in. */
  readonly node: LooseNode;
}

/** Channels that appear in several places and can be changed in all of them at once. */
export interface Group {
  readonly channels: number;
  readonly producers: readonly Site[];
  /** Sites that take the channels in, each channel `times` times in a row. */
  readonly consumers: readonly { readonly site: Site; readonly times: number }[];
  readonly parameters: readonly Parameter[];
  /** Operators between producers and consumers. */
  readonly ops: ReadonlySet<string>;
}

/** Operators that work on each number, or on the positions of each channel, alone. */
const ALONE = new Set([
  "Relu",
  "LeakyRelu",
  "Tanh",
  "Sigmoid",
  "Elu",
  "Selu",
  "Erf",
  "Softplus",
  "Identity",
  "Dropout",
  "Clip",
  "Neg",
  "HardSigmoid",
  "Gelu",
  "Sqrt",
  "MaxPool",
  "AveragePool",
  "GlobalAveragePool",
  "GlobalMaxPool",
]);
/** Normalisations over the channels of each position: any order of channels does, other changes mostly not. */
export const OVER_CHANNELS: ReadonlySet<string> = new Set([
  "LayerNormalization",
  "SimplifiedLayerNormalization",
]);
const PAIRS = new Set(["Add", "Sub", "Mul", "Div", "Pow"]);
const FLATTENING = new Set(["Flatten", "Reshape"]);

/** Every group of hidden channels of a model whose places are all understood. */
export function channelGroups(model: LooseModel): Group[] {
  const sites = weightSites(model);
  const seen = new Set<Site>();
  const groups: Group[] = [];
  for (const site of sites) {
    if (seen.has(site)) continue;
    const group = explore(model, sites, site);
    for (const producer of group?.producers ?? [site]) seen.add(producer);
    if (group !== null && group.consumers.length > 0) groups.push(group);
  }
  return groups;
}

interface Explored {
  readonly model: LooseModel;
  readonly sites: readonly Site[];
  readonly channels: number;
  /** Whether channels are the second axis (convolutions) or the last. */
  readonly second: boolean;
  readonly producers: Set<Site>;
  readonly consumers: Map<Site, number>;
  readonly parameters: Map<string, Parameter>;
  readonly ops: Set<string>;
  readonly values: Set<string>;
  /** Values still to be looked at; flat ones have left their shape behind. */
  readonly open: { readonly name: string; readonly flat: boolean }[];
}

function explore(model: LooseModel, sites: readonly Site[], start: Site): Group | null {
  const state: Explored = {
    model,
    sites,
    channels: start.out,
    second: start.kind === "conv",
    producers: new Set(),
    consumers: new Map(),
    parameters: new Map(),
    ops: new Set(),
    values: new Set(),
    open: [{ name: start.node.outputs[0] ?? "", flat: false }],
  };
  const outputs = new Set([...model.outputs, ...model.inputs].map(({ name }) => name));
  const inner = uses(model);
  for (let next = state.open.pop(); next !== undefined; next = state.open.pop()) {
    const { name, flat } = next;
    if (state.values.has(name)) continue;
    state.values.add(name);
    if (outputs.has(name)) return null;
    const takers = model.nodes.filter(({ inputs }) => inputs.includes(name));
    const seen = takers.reduce((sum, { inputs }) => sum + inputs.filter((input) => input === name).length, 0);
    // More uses than takers: inner graphs look at it.
    if (seen !== inner.get(name)) return null;
    const maker = model.nodes.find(({ outputs: made }) => made.includes(name));
    if (
      maker === undefined ||
      !(flat ? FLATTENING.has(maker.op) || passes(state, maker, flat) : fromMaker(state, maker))
    )
      return null;
    for (const taker of takers) if (!intoTaker(state, taker, name, flat)) return null;
  }
  const { channels, producers, consumers, parameters, ops } = state;
  return {
    channels,
    producers: [...producers],
    consumers: [...consumers].map(([site, times]) => ({ site, times })),
    parameters: [...parameters.values()],
    ops,
  };
}

function fromMaker(state: Explored, maker: LooseNode): boolean {
  const site = state.sites.find(({ node }) => node === maker);
  if (site === undefined) return passes(state, maker, false);
  if (site.out !== state.channels || (site.kind === "conv") !== state.second) return false;
  state.producers.add(site);
  const bias = site.node.inputs[2] ?? "";
  return bias === "" || parameter(state, site.node, bias, "bias");
}

function intoTaker(state: Explored, taker: LooseNode, name: string, flat: boolean): boolean {
  const site = state.sites.find(({ node }) => node === taker);
  if (site !== undefined) {
    if (taker.inputs[0] !== name || (site.kind === "conv" && !state.second)) return false;
    const times = site.inn / state.channels;
    if (!Number.isInteger(times) || (times !== 1 && !flat) || (site.kind !== "conv" && state.second && !flat))
      return false;
    state.consumers.set(site, times);
    return true;
  }
  if (FLATTENING.has(taker.op)) {
    if (taker.inputs[0] !== name || !state.second || !flattens(state.model, taker)) return false;
    state.ops.add(taker.op);
    state.open.push({ name: taker.outputs[0] ?? "", flat: true });
    return true;
  }
  return passes(state, taker, flat);
}

/** An operator that keeps channels apart: all its computed values belong to the group, its stored ones are parameters. */
function passes(state: Explored, node: LooseNode, flat: boolean): boolean {
  const push = (name: string): void => void state.open.push({ name, flat });
  state.ops.add(node.op);
  const [first = "", ...rest] = node.inputs;
  if (ALONE.has(node.op)) {
    if (node.outputs.length > 1 || rest.some((name) => name !== "" && !state.model.tensors.has(name)))
      return false;
    push(first);
    push(node.outputs[0] ?? "");
    return true;
  }
  if (node.op === "BatchNormalization" && node.outputs.length === 1) {
    push(first);
    push(node.outputs[0] ?? "");
    return !flat && rest.every((name) => parameter(state, node, name, "normalisation"));
  }
  if (OVER_CHANNELS.has(node.op) && node.outputs.length === 1) {
    push(first);
    push(node.outputs[0] ?? "");
    return (
      !flat &&
      !state.second &&
      rest.every((name, i) => parameter(state, node, name, i === 0 ? "factor" : "bias"))
    );
  }
  if (node.op === "ReduceMean" && !state.second && !flat && overPositions(node)) {
    push(first);
    push(node.outputs[0] ?? "");
    return true;
  }
  if (!PAIRS.has(node.op) || flat) return false;
  for (const name of node.inputs) {
    const stored = state.model.tensors.get(name);
    if (stored === undefined) push(name);
    else if (stored.data.length !== 1) {
      const role = node.op === "Add" || node.op === "Sub" ? "bias" : "factor";
      if (!parameter(state, node, name, role)) return false;
    }
  }
  push(node.outputs[0] ?? "");
  return true;
}

/** A mean over the second of three axes: over positions, each channel alone. */
function overPositions({ attributes, inputs }: LooseNode): boolean {
  const axes = attributes["axes"];
  return inputs.length === 1 && Array.isArray(axes) && axes.length === 1 && Number(axes[0]) === 1;
}

function parameter(state: Explored, node: LooseNode, name: string, role: Parameter["role"]): boolean {
  const stored = state.model.tensors.get(name);
  if (stored?.type !== "float32" || stored.data.length !== state.channels) return false;
  const axis = stored.dims.indexOf(state.channels);
  const behind = stored.dims.length - 1 - axis;
  // For convolutions [C, 1, 1] or, as an input of the node itself, [C]; else [C] or [1, C].
  const own = node.op === "Conv" || node.op === "BatchNormalization";
  if (state.second ? !own && behind < 1 : behind !== 0) return false;
  if ((uses(state.model).get(name) ?? 0) > 1) return false;
  state.parameters.set(name, { tensor: name, axis, role, node });
  return true;
}

/** Flattens everything behind the batch; a stated number of features is left to be computed, which says the same. */
function flattens(model: LooseModel, node: LooseNode): boolean {
  if (node.op === "Flatten") return integerAttribute(node, "axis", 1) === 1;
  const name = node.inputs[1] ?? "";
  const shape = model.tensors.get(name);
  if (shape?.type !== "int64" || shape.data.length !== 2 || (uses(model).get(name) ?? 0) > 1) return false;
  const [batch] = [...shape.data].map(Number);
  if (batch !== 0 && batch !== -1 && batch !== 1) return false;
  const kept = batch === 1 ? 1n : 0n;
  model.tensors.set(name, { type: "int64", dims: [2], data: BigInt64Array.of(kept, -1n) });
  return true;
}
