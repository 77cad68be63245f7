import { elementCount, type Tensor, type TensorData, type ValueInfo } from "@indicia/onnx/tensor";
import { random, type Seed } from "@indicia/autodiff/random";

/** For dimensions that a model leaves open, after the first: long enough for sounds, short enough to be quick. */
const OPEN = 16;

/** Random inputs of a model: floats are standard normal, whole numbers small; dimensions that are left open are small. */
export function sampleFeeds(
  inputs: readonly ValueInfo[],
  seed: Seed,
  options: { readonly batch?: number } = {},
): Record<string, Tensor> {
  const numbers = random(seed, "sample feeds");
  const { batch = 2 } = options;
  return Object.fromEntries(
    inputs.map(({ name, type, dims }) => {
      const shape = (dims ?? []).map((dim, axis) =>
        typeof dim === "number" && dim > 0 ? dim : axis === 0 ? batch : OPEN,
      );
      const count = elementCount(shape);
      return [name, { type: type ?? "float32", dims: shape, data: sampleData(type, count, numbers) }];
    }),
  );
}

function sampleData(
  type: ValueInfo["type"],
  count: number,
  { normal, below }: ReturnType<typeof random>,
): TensorData {
  switch (type) {
    case "int64":
      return BigInt64Array.from({ length: count }, () => BigInt(below(8)));
    case "uint64":
      return BigUint64Array.from({ length: count }, () => BigInt(below(8)));
    case "int32":
      return Int32Array.from({ length: count }, () => below(8));
    case "uint8":
    case "bool":
      return Uint8Array.from({ length: count }, () => below(2));
    case "int8":
      return Int8Array.from({ length: count }, () => below(8));
    case "float64":
      return Float64Array.from({ length: count }, normal);
    case "float16":
      // 0x3c00 is 1 and the fraction's bits add up to one more.
      return Uint16Array.from({ length: count }, () => 0x3c00 + below(1024));
    default:
      return Float32Array.from({ length: count }, normal);
  }
}
