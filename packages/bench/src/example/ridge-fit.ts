/** Weight of the penalty on large coefficients, per row. */
const RIDGE = 1e-3;

/** A regression that is fed one row after another. */
export interface RidgeFit {
  /** One row: d inputs, m targets. */
  add(x: Float64Array, y: Float64Array): void;
  /** Coefficients, row-major [d, m]; no row may follow. */
  solve(): Float64Array;
}

/** Ridge regression by its normal equations: (X^T X + ridge n) W = X^T Y. */
export function ridgeFit(d: number, m: number): RidgeFit {
  const a = new Float64Array(d * d);
  const b = new Float64Array(d * m);
  let rows = 0;
  return {
    add(x, y) {
      rows++;
      for (let i = 0; i < d; i++) {
        const xi = x[i] as number;
        if (xi === 0) continue;
        for (let j = 0; j <= i; j++) a[i * d + j] = (a[i * d + j] as number) + xi * (x[j] as number);
        for (let c = 0; c < m; c++) b[i * m + c] = (b[i * m + c] as number) + xi * (y[c] as number);
      }
    },
    solve() {
      for (let i = 0; i < d; i++) a[i * d + i] = (a[i * d + i] as number) + RIDGE * rows;
      // Cholesky, then forward and backward substitution.
      for (let i = 0; i < d; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = a[i * d + j] as number;
          for (let k = 0; k < j; k++) sum -= (a[i * d + k] as number) * (a[j * d + k] as number);
          a[i * d + j] = i === j ? Math.sqrt(sum) : sum / (a[j * d + j] as number);
        }
      }
      for (let c = 0; c < m; c++) {
        for (let i = 0; i < d; i++) {
          let sum = b[i * m + c] as number;
          for (let k = 0; k < i; k++) sum -= (a[i * d + k] as number) * (b[k * m + c] as number);
          b[i * m + c] = sum / (a[i * d + i] as number);
        }
        for (let i = d - 1; i >= 0; i--) {
          let sum = b[i * m + c] as number;
          for (let k = i + 1; k < d; k++) sum -= (a[k * d + i] as number) * (b[k * m + c] as number);
          b[i * m + c] = sum / (a[i * d + i] as number);
        }
      }
      return b;
    },
  };
}
