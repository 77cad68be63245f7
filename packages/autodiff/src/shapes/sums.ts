import { numberOf } from "../attributes.js";
import { axesAt } from "./moves.js";
import { axisOf, type ShapeRule, type Value, valueAt } from "./value.js";

const reduce: ShapeRule = (call) => {
  const { type, dims } = valueAt(call, 0);
  const axes = axesAt(call, 1);
  if (dims === null || axes === "unknown") return [{ type, dims: null }];
  const none = axes === null || axes.length === 0;
  if (none && numberOf(call.node, "noop_with_empty_axes", 0) !== 0) return [{ type, dims }];
  const gone = none ? dims.map((_, at) => at) : axes.map((axis) => axisOf(axis, dims.length));
  const keep = numberOf(call.node, "keepdims", 1) !== 0;
  return [{ type, dims: dims.flatMap((dim, at) => (gone.includes(at) ? (keep ? [1] : []) : [dim])) }];
};

const argument: ShapeRule = (call) => {
  const { dims } = valueAt(call, 0);
  if (dims === null) return [{ type: "int64", dims }];
  const axis = axisOf(numberOf(call.node, "axis", 0), dims.length);
  const keep = numberOf(call.node, "keepdims", 1) !== 0;
  return [{ type: "int64", dims: dims.flatMap((dim, at) => (at === axis ? (keep ? [1] : []) : [dim])) }];
};

const shape: ShapeRule = (call) => {
  const { dims } = valueAt(call, 0);
  if (dims === null) return [{ type: "int64", dims: [call.unknown()] }];
  const start = axisOf(numberOf(call.node, "start", 0), dims.length);
  const end = axisOf(numberOf(call.node, "end", dims.length), dims.length);
  const part = dims.slice(start, end);
  return [{ type: "int64", dims: [part.length], ints: part }];
};

const size: ShapeRule = () => [{ type: "int64", dims: [] }];

const filled: ShapeRule = (call) => {
  const { ints, dims } = valueAt(call, 0);
  const length = dims?.[0];
  const value = call.node.attributes;
  const tensor =
    value instanceof Map
      ? value.get("value")
      : Object.entries(value ?? {}).find(([key]) => key === "value")?.[1];
  const type = typeof tensor === "object" && "data" in tensor ? tensor.type : "float32";
  const unknowns = typeof length === "number" ? Array.from({ length }, () => call.unknown()) : null;
  return [{ type, dims: ints ?? unknowns }];
};

const range: ShapeRule = (call): Value[] => [{ type: valueAt(call, 0).type, dims: [call.unknown()] }];

function all(names: string, rule: ShapeRule): Record<string, ShapeRule> {
  return Object.fromEntries(names.split(" ").map((name) => [name, rule]));
}

export const SUMS: Readonly<Record<string, ShapeRule>> = {
  ...all(
    "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare",
    reduce,
  ),
  ...all("ArgMax ArgMin", argument),
  Shape: shape,
  Size: size,
  ConstantOfShape: filled,
  Range: range,
};
