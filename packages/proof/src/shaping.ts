/**
 * Shape a residual by a stored, key-free linear map: M R.
 *
 * @param map row-major [k, k], or null for the identity
 * @param matrix R, row-major [k, m]
 * @returns row-major [k, m]
 */
export function applyMap(map: Float64Array | null, matrix: Float64Array, k: number): Float64Array {
  if (map === null) return matrix;
  if (map.length !== k * k)
    throw new RangeError(`a map of ${map.length} entries does not act on ${k} dimensions`);
  const m = matrix.length / k;
  const out = new Float64Array(matrix.length);
  for (let r = 0; r < k; r++) {
    for (let s = 0; s < k; s++) {
      const weight = map[r * k + s] ?? 0;
      if (weight === 0) continue;
      for (let c = 0; c < m; c++) out[r * m + c] = (out[r * m + c] ?? 0) + weight * (matrix[s * m + c] ?? 0);
    }
  }
  return out;
}
