import type { LooseModel } from "@indicia/onnx/decode";
import type { Tensor } from "@indicia/onnx/tensor";
import { nothingToDo } from "./error.js";
import { channelGroups, type Group, OVER_CHANNELS } from "./groups.js";
import { float32, floats } from "./loose.js";
import type { Random } from "./random.js";

/** Where each channel of a group comes from (-1: a new one), and what it is multiplied by. */
interface Rearranged {
  readonly from: readonly number[];
  readonly factor: readonly number[];
}

/** Operators through which a positive factor passes. */
const HOMOGENEOUS = new Set([
  "Relu",
  "LeakyRelu",
  "Identity",
  "Dropout",
  "Neg",
  "Add",
  "Sub",
  "MaxPool",
  "AveragePool",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "Flatten",
  "Reshape",
]);
/** Operators through which a sign passes. */
const ODD = new Set([
  "Tanh",
  "Erf",
  "Identity",
  "Dropout",
  "Neg",
  "Add",
  "Sub",
  "AveragePool",
  "GlobalAveragePool",
  "Flatten",
  "Reshape",
]);

/** Hidden channels in another order. */
export function permute(model: LooseModel, random: Random): LooseModel {
  return rearrange(
    model,
    () => true,
    ({ channels }) => ({
      from: random.order(channels),
      factor: Array.from({ length: channels }, () => 1),
    }),
  );
}

/** Hidden channels multiplied by positive factors and divided by them again. @param spread of the factors' logarithm */
export function scale(model: LooseModel, spread: number, random: Random): LooseModel {
  return rearrange(
    model,
    ({ ops }) => [...ops].every((op) => HOMOGENEOUS.has(op)),
    ({ channels }) => ({
      from: Array.from({ length: channels }, (_, c) => c),
      factor: Array.from({ length: channels }, () => Math.exp(spread * random.normal())),
    }),
  );
}

/** Hidden channels with their signs turned over. */
export function flip(model: LooseModel, random: Random): LooseModel {
  return rearrange(
    model,
    ({ ops }) => [...ops].every((op) => ODD.has(op)),
    ({ channels }) => ({
      from: Array.from({ length: channels }, (_, c) => c),
      factor: Array.from({ length: channels }, () => random.sign()),
    }),
  );
}

/** Further hidden channels that look like the others and that nobody takes in. @param share of the channels */
export function dummies(model: LooseModel, share: number, random: Random): LooseModel {
  return rearrange(
    model,
    ({ ops }) => ![...ops].some((op) => OVER_CHANNELS.has(op)),
    ({ channels }) => {
      const more = Math.max(1, Math.round(share * channels));
      const from = random.order(channels + more).map((c) => (c < channels ? c : -1));
      return { from, factor: from.map(() => 1) };
    },
    random,
  );
}

function rearrange(
  model: LooseModel,
  applies: (group: Group) => boolean,
  choose: (group: Group) => Rearranged,
  random: Random | null = null,
): LooseModel {
  const groups = channelGroups(model).filter(applies);
  if (groups.length === 0) throw nothingToDo("no hidden channels to which this can be done");
  for (const group of groups) apply(model, group, choose(group), random);
  return model;
}

function apply(model: LooseModel, group: Group, { from, factor }: Rearranged, random: Random | null): void {
  const change = (name: string, axis: number, times: number, power: 1 | 0 | -1, fill: Fill): void => {
    const stored = model.tensors.get(name);
    if (stored !== undefined)
      model.tensors.set(name, along(stored, axis, { from, factor, times, power, fill }));
  };
  for (const { tensor, outAxis } of group.producers)
    change(tensor, outAxis, 1, 1, like(model, tensor, random));
  for (const { tensor, axis, role } of group.parameters)
    change(tensor, axis, 1, role === "bias" ? 1 : 0, role === "bias" ? () => 0 : () => 1);
  for (const { site, times } of group.consumers) change(site.tensor, site.innAxis, times, -1, () => 0);
}

type Fill = () => number;

/** Numbers like those of a tensor. */
function like(model: LooseModel, name: string, random: Random | null): Fill {
  const values = floats(model.tensors.get(name)) ?? new Float32Array(1);
  return () => values[Math.floor((random?.uniform() ?? 0) * values.length)] ?? 0;
}

interface Along extends Rearranged {
  readonly times: number;
  readonly power: 1 | 0 | -1;
  readonly fill: Fill;
}

/** A tensor with the channels of one axis rearranged. */
function along({ dims, data }: Tensor, axis: number, { from, factor, times, power, fill }: Along): Tensor {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1) * times;
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const before = (dims[axis] ?? 1) / times;
  const values = new Float32Array(outer * from.length * inner);
  for (let o = 0; o < outer; o++) {
    for (const [c, old] of from.entries()) {
      const by = (factor[c] ?? 1) ** power;
      const to = (o * from.length + c) * inner;
      const at = (o * before + old) * inner;
      for (let i = 0; i < inner; i++) values[to + i] = old < 0 ? fill() : Number(data[at + i]) * by;
    }
  }
  return float32(dims.with(axis, from.length * times), values);
}
