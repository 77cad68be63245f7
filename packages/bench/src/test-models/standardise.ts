/** Mean and standard deviation of every column. */
export interface Standardisation {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** A column that never varies keeps its scale instead of being blown up. */
const SMALLEST_DEVIATION = 1e-6;

/** @param values row-major [n, columns] */
export function standardisation(values: Float32Array, columns: number): Standardisation {
  const n = values.length / columns;
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) mean[i % columns] = (mean[i % columns] ?? 0) + (values[i] ?? 0) / n;
  for (let i = 0; i < values.length; i++) {
    const j = i % columns;
    deviation[j] = (deviation[j] ?? 0) + ((values[i] ?? 0) - (mean[j] ?? 0)) ** 2 / n;
  }
  return { mean, deviation: deviation.map((square) => Math.max(Math.sqrt(square), SMALLEST_DEVIATION)) };
}

/** (values - mean) / deviation, row-major as given. */
export function standardise(values: Float32Array, { mean, deviation }: Standardisation): Float32Array {
  const columns = mean.length;
  return values.map((value, i) => (value - (mean[i % columns] ?? 0)) / (deviation[i % columns] ?? 1));
}
