import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataLocation } from "onnx-buf";

/** The model with its weights in a file beside it. */
export function moveWeights(bytes: Uint8Array, location: string): { model: Uint8Array; weights: Uint8Array } {
  const proto = fromBinary(ModelProtoSchema, bytes);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of proto.graph?.initializer ?? []) {
    const { rawData } = tensor;
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    tensor.externalData = Object.entries({ location, offset, length: rawData.length }).map(
      ([key, value]) => ({
        $typeName: "onnx.StringStringEntryProto",
        key,
        value: String(value),
      }),
    );
    tensor.rawData = new Uint8Array(0);
    parts.push(rawData);
    offset += rawData.length;
  }
  return { model: toBinary(ModelProtoSchema, proto), weights: Buffer.concat(parts) };
}
