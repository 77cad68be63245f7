import { ELEMENT_TYPES, type ElementType, type ValueInfo } from "@indicia/onnx/tensor";
import { asText, objectsOf } from "./json-values.js";

/** Inputs as a record notes them. */
export function declaredInputs(noted: unknown): ValueInfo[] {
  return objectsOf(noted).map(({ name, type, dims }) => ({
    name: asText(name),
    type: ELEMENT_TYPES.find((known): known is ElementType => known === type) ?? null,
    dims: Array.isArray(dims) ? dims.map((dim) => (typeof dim === "number" ? dim : null)) : null,
  }));
}
