import { numberOf } from "../attributes.js";
import { noGradient, shapeUnknown } from "../error.js";
import { unbroadcast } from "./broadcast.js";
import {
  add,
  type Call,
  castReal,
  counting,
  dimsOf,
  gradOf,
  input,
  nodeName,
  outputDims,
  real,
  reduce,
  type Rule,
  shapeOf,
  whole,
} from "./rule.js";

/** x less its mean, and one over its deviation, over some axes. */
interface Normalised {
  readonly hat: string;
  readonly inverse: string;
}

function epsilon({ node }: Call): number {
  return numberOf(node, "epsilon", 1e-5);
}

function inverseRoot(call: Call, variance: string): string {
  const sum = add(call, "Add", [variance, real(call, epsilon(call))]);
  return add(call, "Reciprocal", [add(call, "Sqrt", [sum])]);
}

function normalise(call: Call, x: string, axes: readonly number[]): Normalised {
  const centred = add(call, "Sub", [x, reduce(call, "ReduceMean", x, axes, true)]);
  const variance = reduce(call, "ReduceMean", add(call, "Mul", [centred, centred]), axes, true);
  const inverse = inverseRoot(call, variance);
  return { hat: add(call, "Mul", [centred, inverse]), inverse };
}

/** dx = (h - mean h - hat mean(h hat)) / deviation, h the gradient by hat (Ioffe and Szegedy 2015, section 3). */
function throughNorm(call: Call, by: string, { hat, inverse }: Normalised, axes: readonly number[]): string {
  const along = reduce(call, "ReduceMean", add(call, "Mul", [by, hat]), axes, true);
  const level = add(call, "Sub", [by, reduce(call, "ReduceMean", by, axes, true)]);
  return add(call, "Mul", [add(call, "Sub", [level, add(call, "Mul", [hat, along])]), inverse]);
}

function rankOf(call: Call): number {
  const rank = (dimsOf(call, 0) ?? outputDims(call))?.length;
  if (rank === undefined) throw shapeUnknown(call.node.op, nodeName(call), "the rank of its input");
  return rank;
}

/** One number for each channel, to be broadcast over [N, C, ...]. */
function perChannel(call: Call, name: string, rank: number): string {
  return add(call, "Reshape", [name, whole(call, [1, -1, ...counting(rank - 2).map(() => 1)])]);
}

function refuseStatistics(call: Call): void {
  if (call.grads.slice(1).some((grad) => grad !== null))
    throw noGradient(call.node.op, nodeName(call), "the loss depends on its statistics");
}

const batchNorm: Rule = (call) => {
  refuseStatistics(call);
  return numberOf(call.node, "training_mode", 0) === 0 ? batchNormFixed(call) : batchNormOfBatch(call);
};

/** In training: mean and variance are those of the batch, so that the gradient passes through them. */
function batchNormOfBatch(call: Call): (string | null)[] {
  const { needs } = call;
  const [rank, grad, x] = [rankOf(call), gradOf(call), input(call, 0)];
  const axes = [0, ...counting(rank - 2, 2)];
  const sum = (value: string): string => reduce(call, "ReduceSum", value, axes, false);
  const wide = (name: string): string => perChannel(call, name, rank);
  const centred = add(call, "Sub", [x, reduce(call, "ReduceMean", x, axes, true)]);
  const variance = reduce(call, "ReduceMean", add(call, "Mul", [centred, centred]), axes, false);
  const inverse = inverseRoot(call, variance);
  const byBias = sum(grad);
  const byScale = add(call, "Mul", [sum(add(call, "Mul", [grad, centred])), inverse]);
  if (needs[0] !== true) return [null, byScale, byBias];
  // Only sums of a channel are multiplied here; the large tensors are passed over as seldom as possible.
  const size = (name: string): string => castReal(call, add(call, "Size", [name]));
  const count = add(call, "Div", [size(x), size(input(call, 1))]);
  const slope = add(call, "Div", [add(call, "Mul", [byScale, inverse]), count]);
  const level = add(call, "Sub", [grad, wide(add(call, "Div", [byBias, count]))]);
  const inner = add(call, "Sub", [level, add(call, "Mul", [centred, wide(slope)])]);
  return [add(call, "Mul", [inner, wide(add(call, "Mul", [input(call, 1), inverse]))]), byScale, byBias];
}

/** In inference: an affine map of each channel. */
function batchNormFixed(call: Call): (string | null)[] {
  const { needs } = call;
  const [rank, grad] = [rankOf(call), gradOf(call)];
  const [x, scale, mean, variance] = [input(call, 0), input(call, 1), input(call, 3), input(call, 4)];
  const axes = [0, ...counting(rank - 2, 2)];
  const sum = (value: string): string => reduce(call, "ReduceSum", value, axes, false);
  const inverse = inverseRoot(call, variance);
  const gain = add(call, "Mul", [scale, inverse]);
  const byX = needs[0] === true ? add(call, "Mul", [grad, perChannel(call, gain, rank)]) : null;
  if (!needs.slice(1).includes(true)) return [byX];
  const byBias = sum(grad);
  const centred = add(call, "Sub", [x, perChannel(call, mean, rank)]);
  const byScale = add(call, "Mul", [sum(add(call, "Mul", [grad, centred])), inverse]);
  const byMean = add(call, "Neg", [add(call, "Mul", [gain, byBias])]);
  const square = add(call, "Mul", [inverse, inverse]);
  const half = add(call, "Mul", [add(call, "Mul", [scale, byScale]), real(call, -0.5)]);
  return [byX, byScale, byBias, byMean, add(call, "Mul", [half, square])];
}

const layerNorm: Rule = (call) => {
  refuseStatistics(call);
  const axis = numberOf(call.node, "axis", -1);
  const axes = axis < 0 ? counting(-axis, axis) : counting(rankOf(call) - axis, axis);
  const parts = normalise(call, input(call, 0), axes);
  const grad = gradOf(call);
  const by = add(call, "Mul", [grad, input(call, 1)]);
  const summed = (value: string, at: number): string | null =>
    call.needs[at] === true ? unbroadcast(call, value, outputDims(call), input(call, at)) : null;
  return [
    call.needs[0] === true ? throughNorm(call, by, parts, axes) : null,
    call.needs[1] === true ? summed(add(call, "Mul", [grad, parts.hat]), 1) : null,
    summed(grad, 2),
  ];
};

const instanceNorm: Rule = (call) => {
  const rank = rankOf(call);
  const axes = counting(rank - 2, 2);
  const grad = gradOf(call);
  const parts = normalise(call, input(call, 0), axes);
  const by = add(call, "Mul", [grad, perChannel(call, input(call, 1), rank)]);
  const sum = (value: string): string => reduce(call, "ReduceSum", value, [0, ...axes], false);
  return [throughNorm(call, by, parts, axes), sum(add(call, "Mul", [grad, parts.hat])), sum(grad)];
};

/** Scale and bias are one for each channel since operator set 21, one for each group before. */
const groupNorm: Rule = (call) => {
  const [rank, x, grad] = [rankOf(call), input(call, 0), gradOf(call)];
  const groups = numberOf(call.node, "num_groups", 1);
  const grouped = (name: string): string => add(call, "Reshape", [name, whole(call, [0, groups, -1])]);
  const apart = (name: string): string => add(call, "Reshape", [name, shapeOf(call, x)]);
  const parts = normalise(call, grouped(x), [2]);
  const each = call.builder.opset >= 21;
  const [hat, by] = each ? [apart(parts.hat), grad] : [parts.hat, grouped(grad)];
  const wide = each ? rank : 3;
  const sum = (value: string): string =>
    reduce(call, "ReduceSum", value, [0, ...counting(wide - 2, 2)], false);
  const scaled = add(call, "Mul", [by, perChannel(call, input(call, 1), wide)]);
  const byX = apart(throughNorm(call, each ? grouped(scaled) : scaled, parts, [2]));
  return [byX, sum(add(call, "Mul", [by, hat])), sum(by)];
};

export const NORMS: Readonly<Record<string, Rule>> = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  GroupNormalization: groupNorm,
};
