import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { datatypeOf } from "./datatypes.js";

/** A response body: JSON alone, or JSON followed by the outputs' bytes. */
export interface InferResponse {
  readonly body: Uint8Array;
  /** Bytes of JSON at the front where binary outputs follow; null otherwise. */
  readonly jsonLength: number | null;
}

/** "Inference Response JSON Object", with binary outputs where they were asked for. */
export function encodeResponse(given: {
  readonly model: string;
  readonly id: string | null;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly binary: boolean;
}): InferResponse {
  const parts: Uint8Array[] = [];
  const outputs = Object.entries(given.outputs).flatMap(([name, tensor]): object[] => {
    const datatype = datatypeOf(tensor.type);
    const { data } = tensor;
    if (datatype === undefined || !ArrayBuffer.isView(data)) return [];
    const head = { name, shape: tensor.dims, datatype: datatype.name };
    if (!given.binary) {
      // NaN has no JSON; null is what JSON.stringify makes of it, and what clients expect.
      return [{ ...head, data: Array.from(toFloat64(tensor)) }];
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    parts.push(bytes);
    return [{ ...head, parameters: { binary_data_size: bytes.length } }];
  });
  const id = given.id === null ? {} : { id: given.id };
  const json = new TextEncoder().encode(JSON.stringify({ model_name: given.model, ...id, outputs }));
  return given.binary
    ? { body: Buffer.concat([json, ...parts]), jsonLength: json.length }
    : { body: json, jsonLength: null };
}
