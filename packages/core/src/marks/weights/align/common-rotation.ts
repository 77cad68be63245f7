import type { Target } from "./alignment.js";
import type { View } from "./candidates.js";
import { unmixed } from "./gather.js";
import type { Matrix } from "./matrix.js";
import { type Mixing, nearestRotation, products, rotationOf } from "./mixing.js";
import { cosine, transposed } from "./vectors.js";

/** Rounds of finding tensors by the rotation and the rotation by tensors. */
const ROUNDS = 3;
/** Cosine with the reference from which a tensor is taken to share a rotation that is known in part. */
const LEAST_COSINE = 0.15;

/**
 * One rotation of a dimension from all tensors that share it, such as a residual stream. From a single narrow tensor
 * only a part of it can be known; what that part shows of the other tensors tells the rest.
 *
 * @param first what a single tensor told
 * @param channels size of the dimension
 */
export async function commonRotation(
  first: Mixing,
  channels: number,
  targets: readonly Target[],
  views: readonly View[],
): Promise<Mixing> {
  let rotation = first;
  for (let round = 0; round < ROUNDS; round++) {
    const gram = new Float32Array(channels * channels);
    const cross = new Float32Array(channels * channels);
    let tensors = 0;
    for (const target of targets) {
      const shared = await sharing(rotation, channels, target, views);
      if (shared === null) continue;
      tensors++;
      const sums = await products(shared.reference, shared.suspect, channels);
      for (let i = 0; i < gram.length; i++) {
        gram[i] = (gram[i] as number) + (sums.gram[i] as number);
        cross[i] = (cross[i] as number) + (sums.cross[i] as number);
      }
    }
    const matrix = tensors < 2 ? null : await nearestRotation(gram, cross, channels);
    if (matrix === null) return rotation;
    rotation = rotationOf(matrix, channels);
  }
  return rotation;
}

/** A target and its counterpart with the shared channels as rows, at unit size; null where there is none. */
async function sharing(
  rotation: Mixing,
  channels: number,
  target: Target,
  views: readonly View[],
): Promise<{ readonly reference: Float32Array; readonly suspect: Float32Array } | null> {
  if (target.kernel !== 1 || (target.out !== channels && target.inn !== channels)) return null;
  const side = target.out === channels ? "rows" : "columns";
  const asRows = ({ values, out }: Matrix): Float32Array =>
    side === "rows" ? values : transposed(values, out);
  const reference = target.load();
  let best: Matrix | null = null;
  let most = LEAST_COSINE;
  for (const view of views) {
    if (view.kernel !== 1 || view.out !== target.out || view.inn !== target.inn) continue;
    const loaded = view.load();
    if (loaded === null) continue;
    const alike = cosine((await unmixed(loaded, side, rotation)).values, reference.values);
    if (alike <= most) continue;
    most = alike;
    best = loaded;
  }
  return best === null ? null : { reference: unit(asRows(reference)), suspect: unit(asRows(best)) };
}

function unit(values: Float32Array): Float32Array {
  let square = 0;
  for (const value of values) square += value * value;
  const size = Math.sqrt(square / values.length) || 1;
  return values.map((value) => value / size);
}
