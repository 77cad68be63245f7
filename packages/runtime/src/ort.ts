import type { Tensor, TensorData, ValueInfo } from "@indicia/onnx/tensor";
import type * as Ort from "onnxruntime-node";
import { RuntimeError } from "./error.js";

export type OrtModule = typeof Ort;

let loading: Promise<OrtModule> | null = null;

/**
 * The native runtime, loaded on first use: commands that run no model need not pay for it, and a platform without
 * it gets a sentence rather than a stack.
 *
 * @throws RuntimeError RUNTIME_UNAVAILABLE
 */
export function loadOrt(): Promise<OrtModule> {
  loading ??= import("onnxruntime-node").then(
    (ort) => {
      // Failures come back as exceptions; the runtime's own lines on stderr would only repeat them.
      ort.env.logLevel = "fatal";
      return ort;
    },
    (cause: unknown) => {
      throw new RuntimeError(
        "RUNTIME_UNAVAILABLE",
        `onnxruntime does not load on ${process.platform} ${process.arch}`,
        "It has builds for Linux and Windows on x64 and arm64 and for macOS on arm64; reinstall the packages.",
        { cause },
      );
    },
  );
  return loading;
}

const TYPES: readonly Ort.Tensor.Type[] = [
  "float32",
  "float64",
  "float16",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "bool",
  "string",
];

/**
 * A tensor as the runtime takes it.
 *
 * @throws RuntimeError INPUT_TYPE for element types that the runtime's binding does not pass
 */
export function toOrt(ort: OrtModule, name: string, tensor: Tensor): Ort.Tensor {
  const type = TYPES.find((known) => known === tensor.type);
  if (type === undefined) {
    throw new RuntimeError(
      "INPUT_TYPE",
      `input "${name}" takes ${tensor.type}, which cannot be passed to onnxruntime`,
      "Use a model with float32, float16 or integer inputs.",
    );
  }
  return new ort.Tensor(type, tensor.data, tensor.dims);
}

/**
 * A result as a tensor of ours, over the same memory.
 *
 * @throws RuntimeError OUTPUT_TYPE for 4-bit integers, sequences and maps
 */
export function fromOrt(name: string, value: Ort.OnnxValue | undefined): Tensor {
  const type = TYPES.find((known) => known === value?.type);
  if (value === undefined || type === undefined || !("data" in value))
    throw outputType(name, value?.type ?? "absent");
  return { type, dims: [...value.dims], data: elements(name, type, value.data) };
}

/** What the runtime declares of an input or output; a shape without axes may also mean that none was declared. */
export function valueInfo(metadata: Ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!metadata.isTensor) return { name: metadata.name, type: null, dims: null };
  const type = TYPES.find((known) => known === metadata.type);
  const dims = metadata.shape.length === 0 ? null : metadata.shape.map((dim) => (dim === "" ? null : dim));
  return { name: metadata.name, type: type ?? null, dims };
}

function elements(name: string, type: Ort.Tensor.Type, data: Ort.Tensor.DataType): TensorData {
  // Where the engine has a Float16Array the runtime answers with it; ours are the bit patterns.
  if (type === "float16" && ArrayBuffer.isView(data)) {
    return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  }
  if (Array.isArray(data)) return data;
  if (
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int8Array ||
    data instanceof Uint8Array ||
    data instanceof Int16Array ||
    data instanceof Uint16Array ||
    data instanceof Int32Array ||
    data instanceof Uint32Array ||
    data instanceof BigInt64Array ||
    data instanceof BigUint64Array
  ) {
    return data;
  }
  throw outputType(name, type);
}

function outputType(name: string, type: string): RuntimeError {
  return new RuntimeError(
    "OUTPUT_TYPE",
    `output "${name}" is of type ${type}, which cannot be read`,
    "Use an output that is a plain tensor of numbers.",
  );
}
