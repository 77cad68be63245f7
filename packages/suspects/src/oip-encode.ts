import type { Tensor } from "@indicia/onnx/tensor";
import { datatypeOf, jsonLeaves, rawBytes } from "./datatypes.js";
import { jsonText } from "./json-text.js";
import type { EncodedRequest } from "./protocol.js";

/** The header that says how much of a body is JSON ("Binary Tensor Data Extension"). */
export const JSON_LENGTH = "inference-header-content-length";

/**
 * An inference request ("Inference Request JSON Object"), its tensors in JSON or as bytes behind it.
 *
 * @param output the only one wanted, or null for all
 * @throws SuspectError SUSPECT_INPUTS
 */
export function encodeInfer(
  url: URL,
  inputs: Readonly<Record<string, Tensor>>,
  options: { readonly output: string | null; readonly binary: boolean },
): EncodedRequest {
  const { output, binary } = options;
  const tensors = Object.entries(inputs).map(([name, tensor]) => ({
    tensor,
    head: { name, shape: tensor.dims, datatype: datatypeOf(tensor.type) },
  }));
  const payloads = binary ? tensors.map(({ tensor }) => rawBytes(tensor)) : [];
  const wanted = output === null ? {} : { outputs: [{ name: output }] };
  const text = jsonText({
    inputs: tensors.map(({ tensor, head }, i) =>
      binary
        ? { ...head, parameters: { binary_data_size: payloads[i]?.length ?? 0 } }
        : { ...head, data: jsonLeaves(tensor) },
    ),
    ...wanted,
    ...(binary ? { parameters: { binary_data_output: true } } : {}),
  });
  const json = new TextEncoder().encode(text);
  return binary
    ? {
        method: "POST",
        url,
        headers: { "content-type": "application/octet-stream", [JSON_LENGTH]: String(json.length) },
        body: Buffer.concat([json, ...payloads]),
      }
    : { method: "POST", url, headers: { "content-type": "application/json" }, body: json };
}
