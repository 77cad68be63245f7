import type { ElementType, ValueInfo } from "@indicia/onnx/tensor";
import { asObject, asText } from "./json-values.js";
import { badSetting } from "./settings.js";

/** The signature that is asked where none is named (tensorflow/serving, `signature_defs.md`). */
export const DEFAULT_SIGNATURE = "serving_default";

/** TensorFlow's types (`tensorflow/core/framework/types.proto`) that have one of ours. */
const TYPES: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["DT_FLOAT", "float32"],
  ["DT_DOUBLE", "float64"],
  ["DT_HALF", "float16"],
  ["DT_BFLOAT16", "bfloat16"],
  ["DT_INT8", "int8"],
  ["DT_INT16", "int16"],
  ["DT_INT32", "int32"],
  ["DT_INT64", "int64"],
  ["DT_UINT8", "uint8"],
  ["DT_UINT16", "uint16"],
  ["DT_UINT32", "uint32"],
  ["DT_UINT64", "uint64"],
  ["DT_BOOL", "bool"],
  ["DT_STRING", "string"],
]);

/** What a model declares of one of its signatures. */
export interface Signature {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/**
 * A signature in the answer to `GET .../metadata`.
 *
 * @param named by the user, or null for the default
 * @returns null where the body does not describe signatures
 * @throws SuspectError SUSPECT_CONFIG for a signature that the model does not have
 */
export function readSignature(body: unknown, named: string | null): Signature | null {
  const definition = asObject(asObject(asObject(body)?.["metadata"])?.["signature_def"]);
  const signatures = asObject(definition?.["signature_def"]);
  if (signatures === null) return null;
  const name = named ?? DEFAULT_SIGNATURE;
  const signature = Object.hasOwn(signatures, name) ? asObject(signatures[name]) : null;
  if (signature !== null) {
    return { inputs: declared(signature["inputs"]), outputs: declared(signature["outputs"]) };
  }
  const known = Object.keys(signatures).slice(0, 10);
  throw badSetting(
    `the model has no signature "${name.slice(0, 60)}" but ${known.map((each) => JSON.stringify(each.slice(0, 60))).join(", ")} ("signature")`,
  );
}

function declared(tensors: unknown): ValueInfo[] {
  return Object.entries(asObject(tensors) ?? {}).map(([name, info]) => {
    const { dtype, tensor_shape: shape } = asObject(info) ?? {};
    return { name, type: TYPES.get(asText(dtype)) ?? null, dims: dimsOf(shape) };
  });
}

/** Sizes come as texts, since they are 64-bit numbers; -1 is an open one. */
function dimsOf(shape: unknown): ValueInfo["dims"] {
  const { dim, unknown_rank: unknown } = asObject(shape) ?? {};
  if (!Array.isArray(dim) || unknown === true) return null;
  return dim.map((each) => {
    const size = Number(asObject(each)?.["size"]);
    return Number.isSafeInteger(size) && size >= 0 ? size : null;
  });
}
