import type { Tensor } from "@indicia/onnx/tensor";
import { BadRequest } from "./bad-request.js";

/** Exponent bits of binary16 and bfloat16: all set in NaN and the infinities. */
const EXPONENTS: Readonly<Record<string, number>> = { float16: 0x7c00, bfloat16: 0x7f80 };

/**
 * Refuse inputs that are not numbers: what a model makes of them says more of its insides than of any input.
 *
 * @throws BadRequest
 */
export function requireFinite(feeds: Readonly<Record<string, Tensor>>): void {
  for (const [name, tensor] of Object.entries(feeds)) {
    if (!isFiniteTensor(tensor)) throw new BadRequest(`input "${name}" holds NaN or an infinite number`);
  }
}

function isFiniteTensor({ type, data }: Tensor): boolean {
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (const value of data) if (!Number.isFinite(value)) return false;
    return true;
  }
  const exponent = EXPONENTS[type];
  if (exponent === undefined || !(data instanceof Uint16Array)) return true;
  for (const bits of data) if ((bits & exponent) === exponent) return false;
  return true;
}
