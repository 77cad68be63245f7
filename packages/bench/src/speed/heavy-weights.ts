import { createCipheriv, createHash } from "node:crypto";
import { randomNumbers } from "@indicia/data/random-numbers";

/** Distinct values per row; each weight is one of them, times its row's scale. */
const VALUES = 65_536;
/** Degrees of freedom of Student's t: tails as heavy as those of trained weights. */
const FREEDOM = 5;
/** How much the logarithms of the rows' scales differ. */
const ROW_SPREAD = 0.3;

/**
 * Weights like those of a trained matrix, at a speed that keeps up with a disk: Student's t values from a table, drawn
 * by a cipher's keystream, each row with a scale of its own.
 *
 * @param options.rows, options.columns shape of the matrix
 * @returns a function that fills consecutive rows, [count, columns]; it must be called in order
 */
export function heavyWeights(options: {
  readonly seed: string;
  readonly rows: number;
  readonly columns: number;
}): (from: number, target: Float32Array) => void {
  const { seed, rows, columns } = options;
  const numbers = randomNumbers(`heavy weights/${seed}`);
  const values = Float32Array.from({ length: VALUES }, () => studentT(numbers.normal) / Math.sqrt(rows));
  const scales = Float32Array.from({ length: rows }, () => Math.exp(ROW_SPREAD * numbers.normal()));
  const key = createHash("sha256").update(`heavy weights keystream\n${seed}`).digest();
  const cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  return (from, target) => {
    const stream = cipher.update(new Uint8Array(2 * target.length));
    const words = new Uint16Array(stream.buffer, stream.byteOffset, target.length);
    for (let at = 0, row = from; at < target.length; at += columns, row++) {
      const scale = scales[row] ?? 0;
      for (let i = at; i < at + columns; i++) target[i] = scale * (values[words[i] ?? 0] ?? 0);
    }
  };
}

function studentT(normal: () => number): number {
  let squares = 0;
  for (let i = 0; i < FREEDOM; i++) squares += normal() ** 2;
  return normal() / Math.sqrt(squares / FREEDOM);
}
