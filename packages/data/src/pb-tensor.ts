import { openModelBytes } from "@indicia/onnx/open";
import { readTensor } from "@indicia/onnx/read-tensor";
import type { Tensor } from "@indicia/onnx/tensor";
import { DataError } from "./error.js";

/** Field numbers and wire type 2 of onnx.proto: ModelProto.graph = 7, GraphProto.initializer = 5. */
const GRAPH_TAG = (7 << 3) | 2;
const INITIALIZER_TAG = (5 << 3) | 2;

export interface NamedTensor {
  /** Empty where the file names none. */
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * Read one TensorProto, in any storage form but external data. It is read as the only initialiser of a model that is
 * otherwise empty, so that there is one reader for tensors.
 *
 * @throws DataError PB_INVALID
 */
export function readTensorProto(bytes: Uint8Array): NamedTensor {
  const graph = field(INITIALIZER_TAG, bytes);
  try {
    const model = openModelBytes(field(GRAPH_TAG, graph));
    const [entry, ...others] = model.tensors;
    if (entry === undefined || others.length > 0) throw invalid("it is no tensor");
    return { name: entry.name, tensor: readTensor(model, entry) };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw invalid(cause instanceof Error ? cause.message : "it cannot be read", cause);
  }
}

/** A length-delimited field: tag, length as a varint, content. */
function field(tag: number, content: Uint8Array): Uint8Array {
  const head = [tag];
  let rest = content.length;
  while (rest >= 128) {
    head.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  head.push(rest);
  const out = new Uint8Array(head.length + content.length);
  out.set(head);
  out.set(content, head.length);
  return out;
}

function invalid(what: string, cause?: unknown): DataError {
  return new DataError(
    "PB_INVALID",
    `not a valid TensorProto: ${what}`,
    "Save the tensor with onnx.numpy_helper.from_array(...).SerializeToString().",
    { cause },
  );
}
