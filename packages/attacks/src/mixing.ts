import type { Random } from "@indicia/autodiff/random";
import type { Mixing } from "./symmetry/apply.js";

/** An orthogonal matrix, row-major [size, size]: Gram and Schmidt, twice, on Gaussian rows. */
export function orthogonal(size: number, { normal }: Random): Float64Array {
  const matrix = Float64Array.from({ length: size * size }, normal);
  const row = (i: number): Float64Array => matrix.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < size; i++) {
    const own = row(i);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = row(j);
        const share = dot(own, other);
        for (let k = 0; k < size; k++) own[k] = (own[k] ?? 0) - share * (other[k] ?? 0);
      }
    }
    const length = Math.sqrt(dot(own, own));
    for (let k = 0; k < size; k++) own[k] = (own[k] ?? 0) / length;
  }
  return matrix;
}

/** An orthogonal matrix that leaves the vector of ones as it is: turned between reflections that take it to an axis. */
export function orthogonalKeepingOnes(size: number, numbers: Random): Float64Array {
  const inner = orthogonal(size - 1, numbers);
  const turned = new Float64Array(size * size);
  turned[0] = 1;
  for (let i = 1; i < size; i++)
    turned.set(inner.subarray((i - 1) * (size - 1), i * (size - 1)), i * size + 1);
  // The reflection that exchanges the first axis and the direction of the ones.
  const direction = new Float64Array(size).fill(-1 / Math.sqrt(size));
  direction[0] = (direction[0] ?? 0) + 1;
  const scale = 2 / dot(direction, direction);
  const reflect = (matrix: Float64Array, row: number, column: number): void => {
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (matrix[i * row + k * column] ?? 0) * (direction[k] ?? 0);
      for (let k = 0; k < size; k++) {
        const at = i * row + k * column;
        matrix[at] = (matrix[at] ?? 0) - scale * sum * (direction[k] ?? 0);
      }
    }
  };
  reflect(turned, size, 1);
  reflect(turned, 1, size);
  return turned;
}

/** A matrix that stretches orthogonal directions by factors whose logarithms have the given deviation. */
export function invertible(size: number, spread: number, numbers: Random): Mixing {
  const [left, right] = [orthogonal(size, numbers), orthogonal(size, numbers)];
  const factors = Float64Array.from({ length: size }, () => Math.exp(spread * numbers.normal()));
  const between = (power: number): Float64Array => {
    const out = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let k = 0; k < size; k++)
        for (let j = 0; j < size; j++)
          out[i * size + j] =
            (out[i * size + j] ?? 0) +
            (left[i * size + k] ?? 0) * (factors[k] ?? 1) ** power * (right[k * size + j] ?? 0);
    return out;
  };
  return { matrix: between(1), dual: between(-1) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}
