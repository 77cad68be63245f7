import {
  type ElementType,
  numberToBfloat,
  numberToHalf,
  type Tensor,
  type TensorData,
  toFloat64,
  type ValueInfo,
} from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";

/**
 * Probes as an endpoint declares its inputs: a lone input may have another name, and numbers another type where they
 * keep their values (floats may be rounded). Shapes are left for the endpoint to judge.
 *
 * @param declared empty where the endpoint does not say
 * @throws SuspectError SUSPECT_INPUTS
 */
export function fitInputs(
  inputs: Readonly<Record<string, Tensor>>,
  declared: readonly ValueInfo[],
): Record<string, Tensor> {
  if (declared.length === 0) return { ...inputs };
  const [lone] = Object.values(inputs);
  if (declared.length === 1 && declared[0] !== undefined && lone !== undefined && count(inputs) === 1) {
    return { [declared[0].name]: converted(lone, declared[0]) };
  }
  const fitted = declared.flatMap((value): [string, Tensor][] => {
    const tensor = Object.hasOwn(inputs, value.name) ? inputs[value.name] : undefined;
    return tensor === undefined ? [] : [[value.name, converted(tensor, value)]];
  });
  if (fitted.length === declared.length && fitted.length === count(inputs)) return Object.fromEntries(fitted);
  throw new SuspectError(
    "SUSPECT_INPUTS",
    `the endpoint takes ${listed(declared.map(({ name }) => name))}, the probes are ${listed(Object.keys(inputs))}`,
    "Give probes whose inputs have the endpoint's names.",
  );
}

function converted(tensor: Tensor, { name, type }: ValueInfo): Tensor {
  if (type === null || type === tensor.type) return tensor;
  const data = tensor.type === "string" ? null : dataOf(toFloat64(tensor), type);
  if (data !== null) return { type, dims: tensor.dims, data };
  throw new SuspectError(
    "SUSPECT_INPUTS",
    `the endpoint's input "${name.slice(0, 60)}" is ${type}, the probes are ${tensor.type} and do not fit it`,
    "Give probes of the endpoint's type.",
  );
}

/** Whole types by their least and largest value. */
const RANGES: Readonly<Partial<Record<ElementType, readonly [least: number, most: number]>>> = {
  bool: [0, 1],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function dataOf(values: Float64Array, type: ElementType): TensorData | null {
  const range = RANGES[type];
  if (range !== undefined) {
    const [least, most] = range;
    if (!values.every((value) => Number.isInteger(value) && value >= least && value <= most)) return null;
  }
  switch (type) {
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return values;
    case "float16":
      return Uint16Array.from(values, numberToHalf);
    case "bfloat16":
      return Uint16Array.from(values, numberToBfloat);
    case "bool":
    case "uint8":
      return Uint8Array.from(values);
    case "uint16":
      return Uint16Array.from(values);
    case "uint32":
      return Uint32Array.from(values);
    case "int8":
      return Int8Array.from(values);
    case "int16":
      return Int16Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "int64":
      return BigInt64Array.from(values, BigInt);
    case "uint64":
      return BigUint64Array.from(values, BigInt);
    default:
      return null;
  }
}

function count(inputs: Readonly<Record<string, Tensor>>): number {
  return Object.keys(inputs).length;
}

function listed(names: readonly string[]): string {
  return names
    .slice(0, 10)
    .map((name) => JSON.stringify(name.slice(0, 60)))
    .join(", ");
}
