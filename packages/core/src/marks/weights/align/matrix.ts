/**
 * A weight tensor as a matrix of blocks: `out` output channels by `inn` input channels by `kernel` taps, whatever the
 * order in which it is stored.
 */
export interface MatrixShape {
  readonly out: number;
  readonly inn: number;
  readonly kernel: number;
}

/** Where the numbers of a {@link MatrixShape} lie: weight (o, i, k) at o * outStride + i * innStride + taps[k]. */
export interface MatrixLayout extends MatrixShape {
  readonly outStride: number;
  readonly innStride: number;
  readonly taps: Int32Array;
}

/** Numbers of a matrix in canonical order, [out, inn, kernel]. */
export interface Matrix extends MatrixShape {
  readonly values: Float32Array;
}

/**
 * The layout of a stored tensor.
 *
 * @param rowAxis the axis that numbers output channels
 */
export function matrixLayout(dims: readonly number[], rowAxis: number): MatrixLayout {
  const innAxis = inputAxis(dims, rowAxis);
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  let taps: number[] = [0];
  for (const [axis, dim] of dims.entries()) {
    if (axis === rowAxis || axis === innAxis) continue;
    const stride = strides[axis] ?? 1;
    taps = taps.flatMap((tap) => Array.from({ length: dim }, (_, i) => tap + i * stride));
  }
  return {
    out: dims[rowAxis] ?? 1,
    inn: innAxis === null ? 1 : (dims[innAxis] ?? 1),
    kernel: taps.length,
    outStride: strides[rowAxis] ?? 1,
    innStride: innAxis === null ? 0 : (strides[innAxis] ?? 1),
    taps: Int32Array.from(taps),
  };
}

/** The axis of input channels: the other one of a matrix, the second of a convolution, the last of a recurrence. */
function inputAxis(dims: readonly number[], rowAxis: number): number | null {
  if (dims.length < 2) return null;
  if (dims.length === 2) return 1 - rowAxis;
  if (rowAxis === 0) return 1;
  // Recurrent layers have one or two directions in front; transposed convolutions their input channels.
  if (rowAxis === 1) return dims.length === 3 && (dims[0] ?? 0) <= 2 ? 2 : 0;
  return rowAxis - 1;
}

/** @param stored in storage order */
export function toCanonical(stored: Float32Array, layout: MatrixLayout): Matrix {
  const { out, inn, kernel, outStride, innStride, taps } = layout;
  const isCanonical = outStride === inn * kernel && innStride === kernel && taps.every((tap, k) => tap === k);
  if (isCanonical) return { out, inn, kernel, values: stored };
  const values = new Float32Array(out * inn * kernel);
  let at = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const base = o * outStride + i * innStride;
      for (let k = 0; k < kernel; k++) values[at++] = stored[base + (taps[k] as number)] as number;
    }
  }
  return { out, inn, kernel, values };
}

/** @returns in storage order */
export function toStored({ values }: Matrix, layout: MatrixLayout): Float32Array {
  const { out, inn, kernel, outStride, innStride, taps } = layout;
  const stored = new Float32Array(out * inn * kernel);
  let at = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inn; i++) {
      const base = o * outStride + i * innStride;
      for (let k = 0; k < kernel; k++) stored[base + (taps[k] as number)] = values[at++] as number;
    }
  }
  return stored;
}
