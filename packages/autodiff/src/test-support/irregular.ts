import { elementCount, type Tensor } from "@indicia/onnx/tensor";

/** What a case feeds: floats that are varied, or numbers that are not. */
export type Feed =
  | {
      readonly kind: "real";
      readonly dims: readonly number[];
      readonly low: number;
      readonly high: number;
      readonly weight: boolean;
    }
  | { readonly kind: "given"; readonly tensor: Tensor };

/** Floats between bounds that have no order. */
export function real(dims: readonly number[], low = -1.5, high = 1.5): Feed {
  return { kind: "real", dims, low, high, weight: false };
}

/** As {@link real}, of a shape that is known to the rules. */
export function weight(dims: readonly number[], low = -1.5, high = 1.5): Feed {
  return { kind: "real", dims, low, high, weight: true };
}

export function whole(dims: readonly number[], values: readonly number[]): Feed {
  return { kind: "given", tensor: { type: "int64", dims, data: BigInt64Array.from(values, BigInt) } };
}

export function truth(dims: readonly number[], values: readonly number[]): Feed {
  return { kind: "given", tensor: { type: "bool", dims, data: Uint8Array.from(values) } };
}

/** Fractional parts of multiples of the golden section: well spread, all different, the same on every machine. */
export function irregular(dims: readonly number[], offset: number, low = -1.5, high = 1.5): Float64Array {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Float64Array.from({ length: elementCount(dims) }, (_, i) => {
    const part = ((i + 1) * golden + offset * Math.SQRT2) % 1;
    return low + (high - low) * part;
  });
}
