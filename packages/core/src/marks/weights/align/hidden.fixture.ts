import type { Tensor } from "@indicia/onnx/tensor";
import { normal, type PublicRandom, publicRandom } from "../../../probes/prng.js";
import { modelBytesOf } from "../model.fixture.js";

/**
 * A chain of products, weights stored [in, out].
 *
 * @param stored order in which the file has them; that of the chain unless told
 */
export function chain(
  weights: readonly Tensor[],
  stored: readonly number[] = inOrder(weights.length),
): Uint8Array {
  return modelBytesOf(
    weights.map((_, i) => ({
      op: "MatMul",
      inputs: [i === 0 ? "x" : `h${i}`, `w${i}`],
      outputs: [i === weights.length - 1 ? "y" : `h${i + 1}`],
    })),
    Object.fromEntries(
      stored.flatMap((i) => {
        const weight = weights[i];
        return weight === undefined ? [] : [[`w${i}`, weight]];
      }),
    ),
  );
}

interface Hidden {
  /** New place of each old channel, or more places than channels for dummies. */
  readonly places: readonly number[];
  readonly size: number;
  readonly factor: (channel: number) => number;
}

/** Hide each inner dimension of a chain: channel c becomes channel places[c], multiplied by its factor. */
export function hide(
  chainWeights: readonly Tensor[],
  of: (dimension: number, size: number) => Hidden,
): Tensor[] {
  const dims = chainWeights.map(({ dims: [, out = 0] }, i) =>
    i === chainWeights.length - 1 ? null : of(i, out),
  );
  const random = publicRandom("surplus");
  return chainWeights.map(({ dims: [rows = 0, columns = 0], data }, i) => {
    const [inner, outer] = [i === 0 ? null : (dims[i - 1] ?? null), dims[i] ?? null];
    const [height, width] = [inner?.size ?? rows, outer?.size ?? columns];
    // Surplus channels put out noise that nobody takes in.
    const values = Float32Array.from({ length: height * width }, () => 0.05 * normal(random));
    if (inner !== null) {
      const kept = new Set(inner.places);
      for (let r = 0; r < height; r++) if (!kept.has(r)) values.fill(0, r * width, (r + 1) * width);
    }
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const at = (inner?.places[r] ?? r) * width + (outer?.places[c] ?? c);
        const factor = (outer?.factor(c) ?? 1) / (inner?.factor(r) ?? 1);
        values[at] = Number((data as Float32Array)[r * columns + c]) * factor;
      }
    }
    return { type: "float32", dims: [height, width], data: values };
  });
}

export function shuffled(random: PublicRandom, size: number): number[] {
  const order = Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

export const inOrder = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
export const ones = (): number => 1;
