import { numberOf, numbersOf } from "../attributes.js";
import { type Dim, numbersIn, type ShapeCall, type ShapeRule, type Value, valueAt } from "./value.js";
import { stepsOf, windowOf } from "./window.js";

function slid(call: ShapeCall, kernel: readonly number[] | null, channels: Dim | undefined): Value {
  const { type, dims } = valueAt(call, 0);
  if (dims === null || kernel === null) return { type, dims: null };
  const spatial = dims.slice(2);
  const window = windowOf(call.node, kernel, spatial);
  const steps = spatial.map((length, axis) =>
    window === null || typeof length === "string" ? call.unknown() : stepsOf(window, axis, length),
  );
  return { type, dims: [dims[0] ?? call.unknown(), channels ?? call.unknown(), ...steps] };
}

const conv: ShapeRule = (call) => {
  const weight = valueAt(call, 1).dims;
  return [slid(call, numbersIn(weight?.slice(2)), weight?.[0])];
};

const convTranspose: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const weight = valueAt(call, 1).dims;
  if (dims === null || weight === null) return [{ type, dims: null }];
  const channels = weight[1];
  const wide = typeof channels === "number" ? channels * numberOf(call.node, "group", 1) : call.unknown();
  const kernel = numbersIn(weight.slice(2));
  const spatial = dims.slice(2);
  const given = numbersOf(call.node, "output_shape");
  const extra = numbersOf(call.node, "output_padding");
  const window = kernel === null ? null : windowOf(call.node, kernel, spatial);
  const lengths = spatial.map((length, axis) => {
    if (given !== null) return given[axis] ?? call.unknown();
    if (window === null || typeof length === "string") return call.unknown();
    const stride = window.strides[axis] ?? 1;
    const reach = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1;
    const pads = (window.begins[axis] ?? 0) + (window.ends[axis] ?? 0);
    return stride * (length - 1) + (extra?.[axis] ?? 0) + reach - pads;
  });
  return [{ type, dims: [dims[0] ?? call.unknown(), wide, ...lengths] }];
};

const pool: ShapeRule = (call) => {
  const out = slid(call, numbersOf(call.node, "kernel_shape"), valueAt(call, 0).dims?.[1]);
  return [out, { type: "int64", dims: out.dims }];
};

const globalPool: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  return [{ type, dims: dims === null ? null : dims.map((dim, axis) => (axis < 2 ? dim : 1)) }];
};

const batchNorm: ShapeRule = (call) => {
  const channel = valueAt(call, 1);
  return [valueAt(call, 0), channel, channel];
};

const layerNorm: ShapeRule = (call) => [valueAt(call, 0)];

export const SPATIAL: Readonly<Record<string, ShapeRule>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  InstanceNormalization: layerNorm,
  GroupNormalization: layerNorm,
};
