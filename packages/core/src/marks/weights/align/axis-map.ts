import type { Mixing } from "./mixing.js";

/**
 * How one dimension of the reference appears in the suspect: channel c of the reference is `scale[c]` times channel
 * `index[c]` of the suspect divided into it, that is suspect[index[c]] = scale[c] * reference[c]. Channels the suspect
 * lacks have index -1; channels that only the suspect has are in no index.
 */
export interface AxisMap {
  /** Channels of the reference. */
  readonly size: number;
  /** Channels of the suspect. */
  readonly suspectSize: number;
  /** Length `size`. */
  readonly index: Int32Array;
  /** Length `size`, signed, never 0. */
  readonly scale: Float64Array;
  /** Where channels were mixed with one another instead; index and scale say nothing then. */
  readonly mixing?: Mixing;
}

/** Every channel where the reference has it, as far as the suspect goes. */
export function identityMap(size: number, suspectSize: number): AxisMap {
  return {
    size,
    suspectSize,
    index: Int32Array.from({ length: size }, (_, i) => (i < suspectSize ? i : -1)),
    scale: new Float64Array(size).fill(1),
  };
}

export function isIdentity({ index, scale, size, suspectSize, mixing }: AxisMap): boolean {
  return (
    mixing === undefined &&
    size === suspectSize &&
    index.every((at, i) => at === i) &&
    scale.every((s) => s === 1)
  );
}

/**
 * What takes a dimension in after it was put out: a channel that was multiplied is divided again. Where something
 * between undoes the scale but not the sign (a normalisation), `signs` is what is left.
 */
export function asInput(map: AxisMap, scales: "inverse" | "signs"): AxisMap {
  const scale = Float64Array.from(map.scale, (s) => (scales === "inverse" ? 1 / s : Math.sign(s)));
  return { ...map, scale };
}

/**
 * A dimension that was flattened together with `times` positions: `blocks` where each channel's positions lie side by
 * side (NCHW), `interleaved` where each position's channels do (NHWC).
 */
export function repeated(map: AxisMap, times: number, order: "blocks" | "interleaved"): AxisMap {
  const size = map.size * times;
  const index = new Int32Array(size);
  const scale = new Float64Array(size);
  for (let c = 0; c < map.size; c++) {
    for (let t = 0; t < times; t++) {
      const at = order === "blocks" ? c * times + t : t * map.size + c;
      const from = map.index[c] ?? -1;
      index[at] = from < 0 ? -1 : order === "blocks" ? from * times + t : t * map.suspectSize + from;
      scale[at] = map.scale[c] ?? 1;
    }
  }
  return { size, suspectSize: map.suspectSize * times, index, scale };
}
