import { delimited, varintBytes } from "@indicia/onnx/wire";

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A field that is a whole number. */
export function numberField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(field * 8 + VARINT), ...varintBytes(value)]);
}

/** A field that is text or a message, with everything in it. */
export function bytesField(field: number, content: string | Uint8Array): Uint8Array {
  return delimited(field, typeof content === "string" ? new TextEncoder().encode(content) : content);
}

/** What precedes `length` bytes that follow by themselves: a model is larger than one wants in memory. */
export function fieldHeader(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varintBytes(field * 8 + LENGTH_DELIMITED), ...varintBytes(length)]);
}
